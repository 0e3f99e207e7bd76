import Formats
import Glibc
import Kernels
import Processes
import Testing

/// Children that answer well, in every way that is allowed.
struct LineWorkersTests {
  /// Answers a row {"n": N} with {"score": N}.
  private static let answersN = """
    while read -r l; do n=${l#*'"n":'}; echo "{\\"score\\": ${n%%,*}}"; done
    """

  @Test(arguments: [(1, 1), (1, 16), (3, 1), (3, 4)])
  func answersComeInTheOrderOfRows(workers: Int, window: Int) {
    let lines = LineWorkers(shell(Self.answersN) { ($0.workers, $0.window) = (workers, window) })
    let result = lines.answer(numbered(100))
    #expect(result.problem == nil)
    #expect(result.answers == (0..<100).map { .reply(["score": .int($0)]) })
  }

  @Test func noRowsStartNothing() {
    let result = LineWorkers(LineSettings(name: "none", command: ProcessCommand(["./none"])))
      .answer([])
    #expect(result.answers.isEmpty && result.problem == nil)
  }

  @Test func childrenLiveOnBetweenCalls() {
    let lines = LineWorkers(shell(#"while read -r l; do echo "{\"pid\": $$}"; done"#))
    let first = lines.answer(numbered(3)).answers
    let second = lines.answer(numbered(2)).answers
    #expect(Set(first.map { "\($0)" }).count == 1 && second == Array(first.prefix(2)))
  }

  @Test func childrenEndWithTheirOwner() throws {
    var pid: Int32 = 0
    do {
      let lines = LineWorkers(shell(#"while read -r l; do echo "{\"pid\": $$}"; done"#))
      guard case .reply(let object) = lines.answer(numbered(1)).answers[0] else {
        Issue.record("the child did not answer")
        return
      }
      pid = Int32(try #require(object["pid"]?.int))
      #expect(kill(pid, 0) == 0)
    }
    #expect(pid > 0 && kill(pid, 0) == -1)
  }

  @Test func movesMoreThanPipesHold() {
    let lines = LineWorkers(
      shell("cat") { $0.window = 64 })
    let text = String(repeating: "long ", count: 20_000)
    let rows: [JSONObject] = (0..<40).map { ["n": .int($0), "text": .string(text)] }
    let result = lines.answer(rows)
    #expect(result.problem == nil)
    for (index, answer) in result.answers.enumerated() {
      guard case .reply(let object) = answer else {
        Issue.record("row \(index): \(answer)")
        continue
      }
      #expect(object["n"]?.int == index && object["text"]?.string == text)
    }
  }

  @Test(.enabled(if: hasPython)) func repliesWithIndexMayComeInAnyOrder() {
    let script = """
      import json, sys, threading, time
      def answer(row):
          time.sleep(0.001 * (7 - row["n"] % 8))
          print(json.dumps({"index": row["index"], "score": row["n"]}) + "\\n", end="", flush=True)
      for line in sys.stdin:
          threading.Thread(target=answer, args=(json.loads(line),)).start()
      """
    let lines = LineWorkers(python(script) { $0.window = 8 })
    let result = lines.answer(numbered(60))
    #expect(result.problem == nil)
    let scores = result.answers.map { answer -> Int? in
      if case .reply(let object) = answer { object["score"]?.int } else { nil }
    }
    #expect(scores == Array(0..<60))
  }

  @Test func everyChildIsGreeted() throws {
    let script = #"read -r g; echo "{\"hello\": 1}"; while read -r l; do echo "{\"ok\": 1}"; done"#
    let lines = LineWorkers(
      shell(script) {
        $0.greeting = ["who": "test"]
        $0.workers = 2
      })
    #expect(try lines.greet() == ["hello": 1])
    #expect(try lines.greet() == ["hello": 1])
    #expect(lines.answer(numbered(9)).answers == Array(repeating: .reply(["ok": 1]), count: 9))
  }

  @Test func numbersThatJSONLacksAreNull() {
    let script = #"while read -r l; do echo '{"score": NaN, "t": "NaN\"", "u": -Infinity}'; done"#
    let expected: JSONObject = ["score": nil, "t": "NaN\"", "u": nil]
    #expect(LineWorkers(shell(script)).answer(numbered(2)).answers[1] == .reply(expected))
  }

  @Test func blankLinesAndCarriageReturnsAreNoAnswers() {
    let script = #"while read -r l; do printf '\n \r\n{"score": 1}\r\n\n'; done"#
    let result = LineWorkers(shell(script)).answer(numbered(3))
    #expect(result.answers == Array(repeating: .reply(["score": 1]), count: 3))
  }
}

// MARK: - Shared with the tests of faults

let hasPython = (try? ProcessCommand(["python3"]).check()) != nil

func shell(_ script: String, _ change: (inout LineSettings) -> Void = { _ in }) -> LineSettings {
  var settings = LineSettings(name: "script", command: ProcessCommand(["sh", "-c", script]))
  change(&settings)
  return settings
}

func python(_ script: String, _ change: (inout LineSettings) -> Void = { _ in }) -> LineSettings {
  var settings = LineSettings(
    name: "script", command: ProcessCommand(["python3", "-u", "-c", script]))
  change(&settings)
  return settings
}

func numbered(_ count: Int) -> [JSONObject] { (0..<count).map { ["n": .int(Int64($0))] } }
