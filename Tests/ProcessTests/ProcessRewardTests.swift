import Foundation
import PluginAPI
import Testing

@testable import Process

/// The plugin as recipes use it, with real programs in a folder of their own.
struct ProcessRewardTests {
  let folder: String
  static let hasPython = run("python3 -c pass")

  init() throws {
    folder = NSTemporaryDirectory() + "crucible-process-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  private static func run(_ line: String) -> Bool { system("\(line) >/dev/null 2>&1") == 0 }

  private func write(_ text: String, to name: String, executable: Bool = true) throws {
    let path = "\(folder)/\(name)"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes(
      [.posixPermissions: executable ? 0o755 : 0o644], ofItemAtPath: path)
  }

  private func reward(_ recipe: String) throws -> ProcessReward {
    var problems: [Problem] = []
    let options = OptionReader.read(
      ProcessReward.Options.self, from: try YAML.parse(recipe, source: "recipe.yaml"),
      into: &problems, OptionContext(folder: folder))
    if !problems.isEmpty { throw Problems(problems) }
    return try ProcessReward(options)
  }

  private func problem(_ recipe: String) throws -> Problem {
    let error = try #require(throws: (any Error).self) { try reward(recipe) }
    if let error = error as? OptionError { return Problem(.badConfiguration, "\(error)") }
    return try #require(error as? Problem ?? (error as? Problems)?.all.first)
  }

  private func completions(_ responses: [String]) -> [Completion] {
    responses.enumerated().map { index, response in
      let prompt = Prompt(
        id: "p\(index)", messages: [Message(role: "user", content: "ask \(index)")],
        reference: "right", fields: ["topic": "sums", "response": "hidden"])
      return Completion(prompt: prompt, response: response, modelName: "m")
    }
  }

  // MARK: - Scores

  @Test func aShellScriptScores() throws {
    try write(
      """
      #!/bin/sh
      while read -r line; do
        case "$line" in
          *'"response":"right"'*) echo '{"score": 1, "parts": {"exact": 1, "form": 0.5}}' ;;
          *) echo '{"score": 0}' ;;
        esac
      done
      """, to: "judge.sh")
    for command in ["[./judge.sh]", "[judge.sh]", "./judge.sh", "[sh, judge.sh]"] {
      let scores = try reward("{command: \(command), workers: 2}").judge(
        completions(["wrong", "right", "right"]))
      #expect(scores.map(\.value) == [0, 1, 1])
      #expect(scores[1].parts.map(\.name) == ["exact", "form"])
      #expect(scores[1].parts.map(\.value) == [1, 0.5])
    }
  }

  @Test(.enabled(if: hasPython)) func theProgramSeesTheWholeRow() throws {
    try write(
      """
      import json, os, sys
      for line in sys.stdin:
          row = json.loads(line)
          assert row["id"] == "p0" and row["prompt"] == "ask 0" and row["reference"] == "right"
          assert row["messages"] == [{"role": "user", "content": "ask 0"}]
          assert row["response"] == "so" and row["model"] == "m" and row["topic"] == "sums"
          assert row["skill"] is None and row["index"] == 0
          assert os.environ["LEVEL"] == "3" and os.path.exists("judge.py")
          print(json.dumps({"score": 0.25}))
      """, to: "judge.py", executable: false)
    let scores = try reward("{command: [python3, judge.py], environment: {LEVEL: 3}}").judge(
      completions(["so"]))
    #expect(scores[0].value == 0.25, "\(scores[0].failure ?? "")")
  }

  @Test(
    arguments: [
      (#"{"error": "too short"}"#, "too short"), (#"{"score": NaN}"#, "null or NaN"),
      (#"{"score": "1"}"#, "a string, not a number"),
      (#"{"reward": 1}"#, "no 'score', but 'reward'"),
      (#"{"score": 1, "parts": [1]}"#, "'parts' is an array"),
      (#"{"score": 1, "parts": {"a": "b"}}"#, "the part 'a' is a string"),
      (#"{"score": 1"#, "no JSON"), (#"{"error": {"code": 3}}"#, #"{"code":3}"#),
    ])
  func whatIsNoScoreFailsItsRow(answer: String, reason: String) throws {
    try write("while read -r line; do echo '\(answer)'; done\n", to: "judge.sh")
    let scores = try reward("{command: [sh, judge.sh]}").judge(completions(["a", "b"]))
    for score in scores {
      #expect(score.value.isNaN && score.failure?.contains(reason) == true, "\(score)")
    }
  }

  @Test func anErrorThatIsNullIsNone() throws {
    try write(
      #"while read -r line; do echo '{"score": 2, "error": null, "parts": null}'; done"#,
      to: "judge.sh")
    #expect(try reward("{command: [sh, judge.sh]}").scores(completions(["a"])) == [2])
  }

  @Test func aCrashCostsItsRow() throws {
    try write(
      """
      while read -r line; do
        case "$line" in *crash*) kill -ABRT $$ ;; *) echo '{"score": 1}' ;; esac
      done
      """, to: "judge.sh")
    let reward = try reward("{command: [sh, judge.sh], workers: 2, batch_size: 4}")
    let scores = try reward.judge(completions(["a", "b", "crash", "c", "d", "e"]))
    #expect(scores.map(\.value.isNaN) == [false, false, true, false, false, false])
    #expect(scores[2].failure?.contains("signal 6") == true)
  }

  @Test func usedUpRestartsKeepWhatIsJudged() throws {
    try write(
      """
      while read -r line; do
        case "$line" in *crash*) exit 9 ;; *) echo '{"score": 1}' ;; esac
      done
      """, to: "judge.sh")
    let reward = try reward("{command: [sh, judge.sh], restarts: 1, batch_size: 1}")
    let stop = try #require(throws: UnfinishedJudgement.self) {
      try reward.judge(completions(["a", "b", "crash", "c", "crash"]))
    }
    #expect(stop.problem.kind == .interrupted)
    #expect(stop.problem.place == "process 'judge.sh'")
    #expect(stop.scores.map(\.value.isNaN) == [false, false, true, true, true])
    let broken = try self.reward("{command: [sh, -c, exit 3], restarts: 0}")
    let handle = RewardHandle(
      name: "process", weight: 1, model: broken, options: "", library: "")
    #expect(throws: Problem.self) { try handle.judge(completions(["a"])) }
    #expect(try handle.judgeInPart(completions(["a"])).stopped?.kind == .badConfiguration)
  }

  // MARK: - Identity

  @Test func anEditedScriptScoresAnew() throws {
    try write("exit 1\n", to: "judge.sh")
    try write("one", to: "words.txt")
    let recipe = "{command: [sh, judge.sh, --flag], files: [words.txt]}"
    let first = try reward(recipe).identity
    #expect(try reward(recipe).identity == first)
    try write("exit 2\n", to: "judge.sh")
    let second = try reward(recipe).identity
    #expect(second != first)
    try write("two", to: "words.txt")
    #expect(try reward(recipe).identity != second)
  }

  // MARK: - Faults of the recipe

  @Test func faultsOfTheCommandTeach() throws {
    try write("print(1)\n", to: "judge.py", executable: false)
    try write("no program\n", to: "data.bin")
    #expect(try problem("{}").description.contains("[python3, my_reward.py]"))
    let missing = try problem("{command: [no-such-program]}")
    #expect(missing.kind == .missingInput && missing.place == "recipe.yaml:1:11")
    #expect(missing.what.contains("no program 'no-such-program' in PATH"))
    let script = try problem("{command: [python3, jugde.py]}")
    #expect(script.kind == .missingInput && script.what.contains("jugde.py"))
    let plain = try problem("{command: [./judge.py]}")
    #expect(plain.what.contains("is not executable"))
    #expect(plain.hint?.contains("[python3, ./judge.py]") == true)
    let words = try problem("{command: python3 judge.py}")
    #expect(words.hint?.contains("write [python3, judge.py]") == true)
    #expect(try problem("{command: []}").description.contains("expected a list"))
    #expect(try problem("{command: [sh], folder: nowhere}").description.contains("nowhere"))
    #expect(try problem("{command: [sh], files: [none.txt]}").description.contains("none.txt"))
    #expect(try problem("{command: [sh], workers: 0}").description.contains("1...256"))
    #expect(try problem("{command: [sh], environment: [a]}").description.contains("mapping"))
    #expect(try problem("{command: [sh], dedline_seconds: 1}").hint?.contains("deadline") == true)
  }
}

extension ProcessRewardTests {
  @Test func aProgramThatCannotRunIsToldWhenItStarts() throws {
    try write("#!/no/such/interpreter\n", to: "judge.sh")
    let reward = try reward("{command: [./judge.sh]}")
    let stop = try #require(throws: UnfinishedJudgement.self) {
      try reward.judge(completions(["a"]))
    }
    #expect(stop.problem.what.contains("first line"))
  }
}
