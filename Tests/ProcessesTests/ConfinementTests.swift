import Foundation
import Kernels
import Testing

@testable import Processes

/// Attempts to get out, by programs that try.
@Suite(.enabled(if: Python.canBeConfined)) struct ConfinementTests {
  let python: Python
  let scratch: Scratch

  init() throws {
    python = try #require(Python.found)
    scratch = try Scratch()
  }

  private func attempts(
    _ code: [String], confinement: Confinement = .all, landlock: Int32? = nil
  ) throws -> [String] {
    try python.lines(
      code.map { "attempt(lambda: \($0))" }.joined(separator: "\n"), in: scratch,
      confinement: confinement, landlock: landlock)
  }

  private func expectRefused(
    _ code: [String], confinement: Confinement = .all, landlock: Int32? = nil,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let found = try attempts(code, confinement: confinement, landlock: landlock)
    for (line, attempt) in zip(found, code) {
      #expect(line == "refused", "\(attempt)", sourceLocation: location)
    }
    #expect(found.count == code.count, "\(found)", sourceLocation: location)
  }

  /// What the tests below see refused is not refused by chance.
  @Test func isFreeWithoutConfinement() throws {
    let outside = try Scratch()
    let path = outside.path
    let found = try attempts(
      [
        "socket.socket()", "socket.socket(socket.AF_UNIX)", "subprocess.run(['true'])",
        "os.kill(os.getppid(), 0)", "open('\(path)/new', 'w')", "os.remove('\(path)/new')",
        "os.chmod('\(path)', 0o700)", "os.setsid() if os.getpgid(0) != os.getpid() else 0",
        "os.listdir('\(path)')", "os.memfd_create('x')",
        "resource.prlimit(os.getppid(), resource.RLIMIT_CPU)",
      ], confinement: .none)
    #expect(found.allSatisfy { $0 == "allowed" }, "\(found)")
  }

  @Test func reachesNobody() throws {
    try expectRefused([
      "socket.create_connection(('127.0.0.1', 1))",
      "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
      "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
      "socket.socket(socket.AF_UNIX, socket.SOCK_STREAM).connect('/run/any.sock')",
      "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)",
      "socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)",
      "call(425, 8, ctypes.create_string_buffer(120))",  // io_uring_setup
    ])
    let inside = try python.lines(
      "import asyncio; print(asyncio.run(asyncio.sleep(0, 'awake')))", in: scratch)
    #expect(inside == ["awake"], "an event loop needs a pair of sockets")
  }

  @Test func makesNoProcesses() throws {
    try expectRefused([
      "os.fork()", "os.forkpty()", "subprocess.run(['true'])",
      "os.posix_spawn('/bin/true', ['true'], {})",
    ])
    let threads = """
      seen = []
      thread = threading.Thread(target=lambda: seen.append(1))
      thread.start(); thread.join(); print(seen)
      """
    #expect(try python.lines(threads, in: scratch) == ["[1]"])
  }

  @Test func signalsNobodyElse() throws {
    try expectRefused([
      "os.kill(os.getppid(), signal.SIGTERM)", "os.kill(os.getppid(), 0)", "os.kill(1, 0)",
      "os.kill(-1, 0)", "os.killpg(os.getpgid(os.getppid()), 0)",
      "signal.pidfd_send_signal(os.pidfd_open(os.getppid()), 0)",
      "fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid())",
      "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (0, 0))",
      "os.sched_setaffinity(os.getppid(), {0})",
    ])
    let raised = try python.command("os.kill(os.getpid(), signal.SIGTERM)", in: scratch)
      .run(deadlineSeconds: 30)
    #expect(raised.exit == .signal(15), "to itself it may")
    let aborted = try python.command("os.abort()", in: scratch).run(deadlineSeconds: 30)
    #expect(aborted.exit == .signal(6))
  }

  @Test func looksIntoNoOtherProcess() throws {
    try expectRefused([
      "call(\(Self.ptrace), 16, os.getppid(), 0, 0)",  // PTRACE_ATTACH
      "call(\(Self.readMemory), os.getppid(), 0, 0, 0, 0, 0)",
      "open(f'/proc/{os.getppid()}/mem', 'r+b')",
      "open(f'/proc/{os.getppid()}/mem', 'rb')",
      "open(f'/proc/{os.getppid()}/environ', 'rb').read()",
      "os.listdir(f'/proc/{os.getppid()}/fd')",
    ])
  }

  #if arch(x86_64)
    private static let (ptrace, readMemory, mount, unshare) = (101, 310, 165, 272)
  #else
    private static let (ptrace, readMemory, mount, unshare) = (117, 270, 40, 97)
  #endif

  @Test func administersNothing() throws {
    try expectRefused([
      "call(\(Self.mount), b'none', b'.', b'tmpfs', 0, 0)",
      "call(\(Self.unshare), 0x10000000)",  // CLONE_NEWUSER
      "os.chroot('.')", "os.setsid()", "os.setpgid(0, os.getpgid(os.getppid()))",
      "socket.sethostname('other')", "time.clock_settime(time.CLOCK_REALTIME, 0)",
      "os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)", "os.setuid(12345)",
      "call(\(Self.prctl), 1, 0)",  // PR_SET_PDEATHSIG
    ])
  }

  #if arch(x86_64)
    private static let prctl = 157
  #else
    private static let prctl = 167
  #endif

  @Test func writesInsideItsFolderOnly() throws {
    let outside = try Scratch()
    let path = outside.path
    try outside.file("file", "before")
    try expectRefused([
      "open('\(path)/new', 'w')", "open('\(path)/file', 'a')", "os.truncate('\(path)/file', 0)",
      "os.remove('\(path)/file')", "os.rename('\(path)/file', 'mine')", "os.mkdir('\(path)/d')",
      "os.chmod('\(path)/file', 0o777)", "os.utime('\(path)/file')",
      "os.symlink('x', '\(path)/link')", "open('/dev/shm/x', 'w')", "os.memfd_create('x')",
      "open('/proc/self/oom_score_adj', 'w')", "os.open('\(path)/file', os.O_RDONLY | os.O_TRUNC)",
    ])
    #expect(try String(contentsOfFile: "\(path)/file", encoding: .utf8) == "before")
    #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["file"])
    let inside = """
      os.mkdir('d'); open('d/a', 'w').write('text'); os.rename('d/a', 'b'); os.rmdir('d')
      print(open('b').read()); open('/dev/null', 'w').write('x')
      """
    #expect(try python.lines(inside, in: scratch) == ["text"])
    #expect(scratch.exists("b"))
  }

  /// Old versions know of no truncation: the filter does.
  @Test(arguments: [1, 2] as [Int32])
  func oldLandlockTruncatesNothingOutside(version: Int32) throws {
    let outside = try Scratch()
    let file = try outside.file("file", "before")
    try expectRefused(
      ["os.open('\(file)', os.O_RDONLY | os.O_TRUNC)", "os.truncate('\(file)', 0)"],
      confinement: [.network, .processes, .files], landlock: version)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "before")
  }

  @Test func linksLeadNowhere() throws {
    let outside = try Scratch()
    let file = try outside.file("file", "before")
    let code = """
      os.symlink('\(file)', 'link'); attempt(lambda: open('link', 'w'))
      os.symlink('\(outside.path)', 'folder'); attempt(lambda: open('folder/new', 'w'))
      attempt(lambda: open('../escaped', 'w'))
      try: os.link('\(file)', 'hard')
      except OSError: print('refused')
      """
    #expect(
      try python.lines(code, in: scratch) == ["refused", "refused", "refused", "refused"])
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "before")
  }

  @Test func readsWhatItNeedsOnly() throws {
    let outside = try Scratch()
    let secret = try outside.file("key", "secret")
    try expectRefused(["open('\(secret)').read()", "os.listdir('\(outside.path)')"])
    let reader = "print(open('\(secret)').read())"
    let open = try python.lines(reader, in: scratch, confinement: [.network, .processes, .files])
    #expect(open == ["secret"], "without the layer it reads what its user reads")
    var command = python.command(reader, in: scratch)
    command.readable.append(outside.path)
    #expect(try command.run(deadlineSeconds: 30).outputText == "secret\n")
  }

  @Test func aFilterAloneHolds() throws {
    try #require(Python.canBeFiltered)
    let outside = try Scratch()
    let path = outside.path
    try outside.file("file")
    try expectRefused(
      [
        "open('\(path)/new', 'w')", "open('\(path)/file', 'a')", "os.remove('\(path)/file')",
        "os.rename('\(path)/file', 'x')", "os.mkdir('\(path)/d')", "open('inside', 'w')",
        "os.truncate('\(path)/file', 0)", "os.symlink('x', 'link')", "os.mkfifo('fifo')",
        "os.open('.', os.O_TMPFILE | os.O_RDWR)", "socket.socket()", "os.fork()",
        "os.kill(os.getppid(), 0)", "open(f'/proc/{os.getppid()}/mem', 'r+b')",
      ], confinement: [.network, .processes, .files], landlock: 0)
    let error = #expect(throws: Problem.self) { try Confinement.all.check(landlock: 0) }
    #expect(error?.kind == .badConfiguration && error?.what.contains("Landlock") == true)
    var command = python.command("print(1)", in: scratch)
    command.landlock = 0
    let refused = #expect(throws: Problem.self) { try command.run(deadlineSeconds: 30) }
    #expect(refused?.hint?.contains("'reading'") == true)
  }

  @Test func layersStandAlone() throws {
    let forked = try attempts(["subprocess.run(['true'])"], confinement: [.network, .files])
    #expect(forked == ["allowed"])
    let killed = """
      child = subprocess.Popen(['sleep', '60']); child.kill(); print(child.wait())
      attempt(lambda: os.kill(os.getppid(), 0))
      """
    if Confinement.landlockVersion >= 6 {
      #expect(
        try python.lines(killed, in: scratch, confinement: .network) == ["-9", "refused"])
    }
    #expect(try attempts(["socket.socket()"], confinement: .processes) == ["allowed"])
    #expect(try attempts(["open('x', 'w')"], confinement: .processes) == ["allowed"])
    #expect(Confinement.all.isSubset(of: .available))
    #expect(Confinement([.files, .network]).names == ["network", "files"])
  }
}
