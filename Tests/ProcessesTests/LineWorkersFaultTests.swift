import Glibc
import Formats
import Kernels
import Processes
import Testing

/// Children that do everything wrong: nothing hangs, and only the rows at fault are lost.
struct LineWorkersFaultTests {
  /// Does `fault` on rows whose text says so, and answers the others.
  private func answering(except fault: String, rows mark: String) -> String {
    #"while read -r l; do case "$l" in *\#(mark)*) \#(fault);; *) echo '{"score": 1}';; esac; done"#
  }

  private func rows(_ count: Int, bad: Set<Int>) -> [JSONObject] {
    (0..<count).map { ["text": bad.contains($0) ? "BAD" : "good"] }
  }

  private func reason(_ answer: LineAnswer) -> String {
    if case .failure(let reason) = answer { reason } else { "none: it has a reply" }
  }

  @Test(arguments: [1, 8], [1, 3])
  func aCrashCostsItsRow(window: Int, workers: Int) {
    let lines = LineWorkers(
      shell(answering(except: "echo oh no >&2; kill -SEGV $$", rows: "BAD")) {
        ($0.window, $0.workers) = (window, workers)
      })
    let result = lines.answer(rows(30, bad: [0, 13, 29]))
    #expect(result.problem == nil)
    for (index, answer) in result.answers.enumerated() {
      if [0, 13, 29].contains(index) {
        #expect(reason(answer).contains("signal 11"))
        #expect(reason(answer).contains("it wrote: oh no"))
      } else {
        #expect(answer == .reply(["score": 1]))
      }
    }
  }

  @Test func aRowThatHangsMissesItsDeadline() {
    let lines = LineWorkers(
      shell(answering(except: "sleep 100", rows: "BAD")) {
        ($0.window, $0.deadlineSeconds) = (8, 1.5)
      })
    let start = ContinuousClock.now
    let result = lines.answer(rows(12, bad: [5]))
    #expect(reason(result.answers[5]).contains("no answer within 1.5 s"))
    #expect(result.answers.filter { $0 == .reply(["score": 1]) }.count == 11)
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test func usedUpRestartsKeepWhatIsFinished() throws {
    let lines = LineWorkers(
      shell(answering(except: "echo worse >&2; exit 7", rows: "BAD")) { $0.restarts = 3 })
    let result = lines.answer(rows(20, bad: Set(10..<20)))
    let problem = try #require(result.problem)
    #expect(problem.kind == .interrupted)
    #expect(problem.what.contains("its 3 restarts are used up"))
    #expect(problem.what.contains("exit code 7") && problem.what.contains("worse"))
    #expect(result.answers.prefix(10).allSatisfy { $0 == .reply(["score": 1]) })
    #expect(result.answers.suffix(10).allSatisfy { reason($0) != "none: it has a reply" })
    #expect(reason(result.answers[10]).contains("exit code 7"))
    #expect(reason(result.answers[19]).contains("not judged"))
  }

  @Test func aProgramThatNeverAnswersIsBroken() throws {
    let lines = LineWorkers(
      shell("echo no such module >&2; exit 1") { ($0.restarts, $0.workers) = (4, 2) })
    let problem = try #require(lines.answer(numbered(50)).problem)
    #expect(problem.kind == .badConfiguration)
    #expect(problem.what.contains("exit code 1") && problem.what.contains("no such module"))
    #expect(problem.hint?.contains("not answered a single row") == true)
  }

  @Test func aProgramThatAnswersOnceIsTaught() throws {
    let lines = LineWorkers(shell(#"read -r l; echo '{"score": 1}'"#) { $0.restarts = 2 })
    let result = lines.answer(numbered(5))
    #expect(try #require(result.problem).hint?.contains("until its input ends") == true)
    #expect(result.answers.prefix(3).allSatisfy { $0 == .reply(["score": 1]) })
  }

  @Test(arguments: ["sleep 100", "exec <&-; sleep 100", "cat > /dev/null"])
  func aProgramThatDoesNotAnswerMissesItsDeadline(script: String) throws {
    let lines = LineWorkers(
      shell(script) { ($0.deadlineSeconds, $0.restarts, $0.window) = (0.2, 1, 4) })
    // More than a pipe holds.
    let row: JSONObject = ["text": .string(String(repeating: "x", count: 300_000))]
    let result = lines.answer([row, row, row])
    #expect(try #require(result.problem).kind == .badConfiguration)
    #expect(reason(result.answers[0]).contains("does it flush"))
  }

  @Test func aProgramThatClosesItsOutputIsEnded() throws {
    let lines = LineWorkers(shell("exec >&-; sleep 100") { $0.restarts = 1 })
    let start = ContinuousClock.now
    #expect(try #require(lines.answer(numbered(2)).problem).what.contains("closed its output"))
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test(arguments: [
    "echo 'loading...'; cat", "yes", "echo 0.5; cat", #"printf '\377\376\n'; cat"#,
    #"echo '[1]'; cat"#,
  ])
  func whatIsNoAnswerIsTaught(script: String) throws {
    let problem = try #require(LineWorkers(shell(script)).answer(numbered(3)).problem)
    #expect(problem.kind == .badConfiguration)
    #expect(problem.what.hasPrefix("wrote on its stdout what is no answer: "))
    #expect(problem.what.count < 400)
    #expect(problem.hint?.contains("stderr") == true)
  }

  @Test(arguments: [
    #"yes '{"score": 1}'"#,
    #"while read -r l; do echo '{"score": 1}'; echo '{"score": 1}'; done"#,
    #"while read -r l; do echo '{"score": 1, "index": 77}'; done"#,
    #"while read -r l; do echo '{"score": 1, "index": "0"}'; done"#,
  ])
  func answersToNothingAreTaught(script: String) throws {
    let lines = LineWorkers(shell(script) { $0.window = 4 })
    let first = lines.answer(numbered(9)).problem
    // A second answer that comes late enough is noticed in the next call.
    let problem = try #require(first ?? lines.answer(numbered(9)).problem)
    #expect(problem.kind == .badConfiguration)
    #expect(problem.expected?.contains("one answer a row") == true)
  }

  @Test func anAnswerThatComesAfterTheCallIsNoAnswerToTheNext() throws {
    let script =
      #"while read -r l; do echo '{"score": 1}'; (sleep 0.1; echo '{"score": 2}') & done"#
    let lines = LineWorkers(shell(script))
    #expect(lines.answer(numbered(1)).answers == [.reply(["score": 1])])
    usleep(300_000)
    #expect(lines.answer(numbered(1)).problem?.what.contains("answers no row") == true)
  }

  @Test(arguments: [#"{"score": 1"#, #"{"text": "\377"}"#, "{score: 1}"])
  func anObjectThatIsNoJSONCostsItsRow(answer: String) {
    let script = answering(except: "printf '\(answer)\\n'", rows: "BAD")
    let result = LineWorkers(shell(script)).answer(rows(4, bad: [2]))
    #expect(result.problem == nil)
    #expect(reason(result.answers[2]).contains("what is no JSON"))
    #expect(result.answers.filter { $0 == .reply(["score": 1]) }.count == 3)
  }

  @Test func anEndlessLineCostsItsRow() {
    let script = answering(except: #"yes | tr -d '\n'"#, rows: "BAD")
    let result = LineWorkers(shell(script)).answer(rows(4, bad: [1]))
    #expect(reason(result.answers[1]).contains("a line of more than 1048576 bytes"))
    #expect(result.answers.filter { $0 == .reply(["score": 1]) }.count == 3)
  }

  @Test func aFloodOfErrorsDisturbsNobody() {
    let script = answering(except: "yes >&2", rows: "BAD")
    let lines = LineWorkers(shell(script) { $0.deadlineSeconds = 1.5 })
    let result = lines.answer(rows(4, bad: [1]))
    #expect(reason(result.answers[1]).contains("it wrote: y"))
    #expect(result.answers.filter { $0 == .reply(["score": 1]) }.count == 3)
  }

  @Test(.enabled(if: hasPython)) func memoryHungerCostsItsRow() {
    let script = """
      import json, sys
      for line in sys.stdin:
          if "BAD" in line: hoard = bytearray(2 * 10**9)
          print('{"score": 1}')
      """
    let lines = LineWorkers(python(script) { $0.command.limits.memoryBytes = 500_000_000 })
    let result = lines.answer(rows(5, bad: [3]))
    #expect(reason(result.answers[3]).contains("MemoryError"))
    #expect(result.answers.filter { $0 == .reply(["score": 1]) }.count == 4)
  }

  @Test func aMissingProgramIsAProblem() throws {
    let lines = LineWorkers(LineSettings(name: "none", command: ProcessCommand(["./none"])))
    let result = lines.answer(numbered(2))
    #expect(try #require(result.problem).kind == .missingInput)
    #expect(result.answers.count == 2)
  }

  @Test func aChildThatDoesNotGreetIsNotTriedAgain() {
    let problem = #expect(throws: Problem.self) {
      try LineWorkers(shell("echo no core >&2; exit 4") { $0.greeting = [:] }).greet()
    }
    #expect(problem?.what.contains("exit code 4; it wrote: no core") == true)
  }
}
