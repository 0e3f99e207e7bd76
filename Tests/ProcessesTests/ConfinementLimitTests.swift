import Foundation
import Glibc
import Kernels
import Testing

@testable import Processes

/// Programs that want too much, or want to stay.
@Suite(.enabled(if: Python.canBeConfined)) struct ConfinementLimitTests {
  let python: Python
  let scratch: Scratch

  init() throws {
    python = try #require(Python.found)
    scratch = try Scratch()
  }

  @Test func memoryHungerEnds() throws {
    let command = python.command(
      "x = bytearray(1 << 30)", in: scratch, limits: ProcessLimits(memoryBytes: 256 << 20))
    let result = try command.run(deadlineSeconds: 60)
    #expect(result.exit == .code(1) && result.error.contains("MemoryError"))
  }

  @Test(arguments: ["while True: pass", "time.sleep(600)"])
  func loopsEndAtTheDeadline(code: String) throws {
    let result = try python.command(code, in: scratch).run(deadlineSeconds: 1)
    #expect(result.timedOut && result.exit == .signal(SIGKILL))
  }

  @Test func processorTimeIsLimited() throws {
    let command = python.command(
      "while True: pass", in: scratch, limits: ProcessLimits(cpuSeconds: 1))
    let result = try command.run(deadlineSeconds: 120)
    #expect(!result.timedOut && result.exit == .signal(SIGXCPU))
  }

  @Test func floodsAreCut() throws {
    let result = try python.command("while True: print('x' * 1000)", in: scratch)
      .run(deadlineSeconds: 60, outputLimit: 10_000)
    #expect(result.outputWasCut && result.output.count == 10_000)
    let file = python.command(
      "f = open('big', 'wb')\nwhile True: f.write(bytes(1000)); f.flush()", in: scratch,
      limits: ProcessLimits(fileBytes: 50_000))
    _ = try file.run(deadlineSeconds: 60)
    let size = try FileManager.default.attributesOfItem(atPath: "\(scratch.path)/big")[.size]
    #expect(size as? Int == 50_000)
  }

  @Test func aForkBombIsBoundedAndGone() throws {
    // Without the layer .processes: the group and the deadline must do. Every process asks for a
    // descriptor of the same file, so that none is left can be seen by its lock.
    let code = """
      for i in range(40):
          if os.fork() == 0:
              fcntl.flock(open('lock'), fcntl.LOCK_SH); time.sleep(600)
      print('made', flush=True); time.sleep(600)
      """
    try scratch.file("lock")
    let result = try python.command(code, in: scratch, confinement: [.network, .files, .reading])
      .run(deadlineSeconds: 3)
    #expect(result.timedOut && result.outputText == "made\n")
    #expect(try isUnlocked())
    let bomb = try python.command("while True: os.fork()", in: scratch).run(deadlineSeconds: 30)
    #expect(bomb.exit == .code(1) && bomb.error.contains("PermissionError"))
  }

  @Test func aDaemonDoesNotStay() throws {
    let code = """
      def detach():
          try: os.setsid()
          except PermissionError: pass
      if os.fork() == 0:
          detach()
          if os.fork() == 0:
              fcntl.flock(open('lock'), fcntl.LOCK_SH)
              for descriptor in (0, 1, 2): os.close(descriptor)
              open('running', 'w'); time.sleep(600)
          os._exit(0)
      while not os.path.exists('running'): time.sleep(0.01)
      """
    try scratch.file("lock")
    let result = try python.command(code, in: scratch, confinement: [.network, .files, .reading])
      .run(deadlineSeconds: 30)
    #expect(result.succeeded, "\(result.error)")
    #expect(scratch.exists("running"))
    #expect(try isUnlocked())
  }

  /// Whether nobody holds `lock` any more; killed processes get a moment to go.
  private func isUnlocked() throws -> Bool {
    let descriptor = open("\(scratch.path)/lock", O_RDWR)
    defer { close(descriptor) }
    for _ in 0..<500 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      usleep(10_000)
    }
    return false
  }

  @Test func inheritsNothingButItsPipes() throws {
    let secret = open("/etc/hostname", O_RDONLY)  // without O_CLOEXEC
    defer { close(secret) }
    setenv("CRUCIBLE_TEST_SECRET", "key", 1)
    let code = """
      print([f for f in range(3, 1024) if os.path.exists(f'/proc/self/fd/{f}')])
      print(os.environ.get('CRUCIBLE_TEST_SECRET'), sorted(os.environ))
      """
    let lines = try python.lines(code, in: scratch)
    #expect(lines.first == "[]")
    #expect(lines.last?.hasPrefix("None ['LC_CTYPE', 'PATH', 'PYTHONHASHSEED']") == true)
  }

  @Test func aShellIsConfinedToo() throws {
    let script = "echo in > file && cat file; (echo out > /tmp/crucible-escape) 2>&1 || echo no"
    let command = ProcessCommand(
      ["sh", "-c", script], folder: scratch.path, confinement: [.network, .files, .reading])
    let result = try command.run(deadlineSeconds: 30)
    #expect(result.outputText.hasPrefix("in\n") && result.outputText.hasSuffix("no\n"))
    #expect(!FileManager.default.fileExists(atPath: "/tmp/crucible-escape"))
    let alone = try ProcessCommand(["sh", "-c", "ls; ls"], folder: scratch.path, confinement: .all)
      .run(deadlineSeconds: 30)
    #expect(!alone.succeeded, "a shell cannot start another program")
  }
}
