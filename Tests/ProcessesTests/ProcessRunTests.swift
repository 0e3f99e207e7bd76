import Foundation
import Glibc
import Kernels
import Processes
import Testing

struct ProcessRunTests {
  private func shell(
    _ script: String, limits: ProcessLimits = ProcessLimits(), folder: String? = nil
  ) -> ProcessCommand {
    ProcessCommand(["sh", "-c", script], folder: folder, limits: limits)
  }

  @Test func givesOutputErrorsAndTheCode() throws {
    let result = try shell("cat; echo no >&2; exit 3").run(
      input: Array("in".utf8), deadlineSeconds: 20)
    #expect(result.outputText == "in" && result.error == "no\n" && result.exit == .code(3))
    #expect(!result.succeeded && !result.timedOut)
  }

  @Test func movesMoreThanPipesHold() throws {
    let bytes = (0..<3_000_000).map { UInt8($0 % 251) }
    let result = try ProcessCommand(["cat"]).run(
      input: bytes, deadlineSeconds: 60, outputLimit: 4_000_000)
    #expect(result.succeeded && result.output == bytes)
  }

  @Test func endsWhatRunsTooLong() throws {
    let result = try shell("echo started; sleep 60").run(deadlineSeconds: 0.5)
    #expect(result.timedOut && result.exit == .signal(9) && result.outputText == "started\n")
    #expect(result.seconds < 30)
  }

  @Test func cutsEndlessOutput() throws {
    let result = try ProcessCommand(["yes"]).run(deadlineSeconds: 30, outputLimit: 1000)
    #expect(result.outputWasCut && result.output.count == 1000 && !result.timedOut)
  }

  @Test func survivesAChildThatDoesNotRead() throws {
    let result = try shell("exec <&-; sleep 0.2; echo done").run(
      input: [UInt8](repeating: 65, count: 1_000_000), deadlineSeconds: 20)
    #expect(result.succeeded && result.outputText == "done\n")
  }

  @Test func doesNotWaitForWhatTheChildLeftBehind() throws {
    let result = try shell("sleep 50 & echo gone").run(deadlineSeconds: 40)
    #expect(result.succeeded && result.outputText == "gone\n" && result.seconds < 30)
  }

  @Test func namesTheSignal() throws {
    let result = try shell("kill -SEGV $$").run(deadlineSeconds: 20)
    #expect(result.exit == .signal(11))
    #expect("\(result.exit)".contains("signal 11"))
  }

  @Test func limitsHold() throws {
    let files = try shell(
      "head -c 100000 /dev/zero > big; wc -c < big", limits: ProcessLimits(fileBytes: 1000),
      folder: temporaryFolder()
    ).run(deadlineSeconds: 20)
    #expect(files.outputText.contains("1000"))
    let descriptors = try shell("ulimit -n", limits: ProcessLimits(openFiles: 20)).run(
      deadlineSeconds: 20)
    #expect(descriptors.outputText == "20\n")
    let memory = try shell("ulimit -v", limits: ProcessLimits(memoryBytes: 1 << 30)).run(
      deadlineSeconds: 20)
    #expect(memory.outputText == "1048576\n")
  }

  @Test func inheritsNoDescriptorsAndOnlyTheGivenEnvironment() throws {
    var command = shell("ls /proc/self/fd | wc -l; echo $ONLY $HOME")
    command.environment = ["ONLY": "this", "PATH": "/usr/bin:/bin"]
    let result = try command.run(deadlineSeconds: 20)
    // 0, 1, 2 and the one that lists them.
    #expect(result.outputText == "4\nthis\n")
  }

  /// A folder relative to here, a program relative to the folder.
  @Test func startsProgramsOfRelativeFolders() throws {
    let folder = temporaryFolder()
    let here = FileManager.default.currentDirectoryPath
    let up = String(repeating: "../", count: here.split(separator: "/").count)
    try "#!/bin/sh\npwd\n".write(toFile: folder + "/run.sh", atomically: true, encoding: .utf8)
    chmod(folder + "/run.sh", 0o755)
    let result = try ProcessCommand(["./run.sh"], folder: up + folder.dropFirst()).run(
      deadlineSeconds: 20)
    #expect(result.outputText == folder + "\n")
  }

  @Test func sayWhatCannotBeStarted() throws {
    func problem(_ command: ProcessCommand) throws -> Problem {
      try #require(throws: Problem.self) { try command.run(deadlineSeconds: 5) }
    }
    #expect(try problem(ProcessCommand([])).kind == .badConfiguration)
    let missing = try problem(ProcessCommand(["no-such-program-here"]))
    #expect(missing.kind == .missingInput && missing.what.contains("in PATH"))
    #expect(try problem(ProcessCommand(["./none"])).kind == .missingInput)
    #expect(try problem(ProcessCommand(["/etc/passwd"])).hint == "chmod +x /etc/passwd")
    let folder = try problem(ProcessCommand(["true"], folder: "/nowhere"))
    #expect(folder.place == "/nowhere" && folder.kind == .missingInput)
  }
}

private func temporaryFolder() -> String {
  let path = "/tmp/crucible-process-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
  mkdir(path, 0o700)
  return path
}
