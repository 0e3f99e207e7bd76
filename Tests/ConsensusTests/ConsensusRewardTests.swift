import PluginAPI
import SyntaxTrees
import Testing

@testable import Consensus

private func completions(
  _ responses: [String], id: String = "p", fields: JSONObject = [:]
) -> [Completion] {
  let prompt = Prompt(
    id: id, messages: [Message(role: "user", content: "Write f(xs), the sum of a list.")],
    fields: fields)
  return responses.map { Completion(prompt: prompt, response: $0) }
}

private func options(_ change: (inout ConsensusReward.Options) -> Void) -> ConsensusReward.Options {
  var options = ConsensusReward.Options()
  change(&options)
  return options
}

@Suite struct ConsensusRewardTests {
  @Test func answersAreScoredByTheShareThatAgrees() throws {
    let reward = try ConsensusReward(options { $0.mode = .answer })
    #expect(reward.scope == .prompt)
    let scores = try reward.scores(
      completions(["#### 4", "so it is\n4.0", "5", "4"])
        + completions(["yes", "no"], id: "q"))
    let share: Float = 2.0 / 3
    #expect(scores == [share, share, 0, share, 0, 0])
  }

  @Test func aRejectedResponseScoresBelowEveryOther() throws {
    let answers = completions(["no mark", "#### 1", "#### 2"])
    let lowest = try ConsensusReward(
      options {
        $0.extract = .gsm8k
        $0.rejected = .lowest
      })
    #expect(try lowest.scores(answers) == [-1, 0, 0])
    let none = try ConsensusReward(
      options {
        $0.extract = .gsm8k
        $0.rejected = .none
      })
    let first = try none.judge(answers)[0]
    #expect(first.value.isNaN && first.failure == "has no answer")
  }

  @Test func oneResponseHasNothingToAgreeWith() throws {
    let score = try ConsensusReward(ConsensusReward.Options()).judge(completions(["4"]))[0]
    #expect(score.value.isNaN && score.failure?.contains("several") == true)
  }

  @Test func textsAreComparedByTheMeasureAskedFor() throws {
    let texts = completions(["a b c", "a b d", "x y z"])
    let words = try ConsensusReward(options { $0.mode = .text })
    let share: Float = 1.0 / 3
    #expect(try words.scores(texts) == [share, share, 0])
    let exact = try ConsensusReward(
      options {
        $0.mode = .text
        $0.similarity = .exact
      })
    #expect(try exact.scores(texts) == [0, 0, 0])
  }

  @Test func dedupeCountsCopiesOnce() throws {
    let texts = completions(["a b", "a b", "a c", "x a"])
    let reward = try ConsensusReward(
      options {
        $0.mode = .text
        $0.dedupe = true
      })
    let scores = try reward.scores(texts)
    #expect(scores[0] == scores[1])
    #expect(scores == [0.5, 0.5, 0.5, 0.5], "three voters that share one of two words")
    #expect(try reward.scores(completions(["a", "a"])) == [1, 1])
  }

  @Test func refusesToCountEqualAnswersOnce() {
    #expect(throws: OptionError.self) { try ConsensusReward(options { $0.dedupe = true }) }
  }

  @Test func refusesWeightsThatAreNotFour() {
    #expect(throws: OptionError.self) {
      try ConsensusReward(options { $0.weights = [1, 1] })
    }
  }
}

private let canRun =
  (try? Grammar(language: "python")) != nil
  && (try? PythonRunner(
    python: "python3", limits: .init(secondsPerCall: 1, memoryBytes: 1 << 30), unconfined: false))
    != nil

/// Needs the Python grammar, python3 and a machine that can confine.
@Suite(.enabled(if: canRun, "run scripts/fetch-grammar on a machine with python3 and seccomp"))
struct CodeConsensusTests {
  private let pool = [Programs.a, Programs.b, Programs.c, Programs.d]

  private func scores(
    _ programs: [String], _ change: (inout ConsensusReward.Options) -> Void = { _ in }
  ) throws -> [RewardScore] {
    let reward = try ConsensusReward(
      options {
        $0.mode = .code
        change(&$0)
      })
    return try reward.judge(completions(programs))
  }

  @Test func theWrongTwinIsLastOnceBehaviourCounts() throws {
    let both = try scores(pool).map(\.value)
    #expect(both.min() == both[3])
    #expect(both[3] < both[2])
    // Text alone prefers the wrong twin to the right one-liner.
    let text = try scores(pool) { $0.lambda = 1 }.map(\.value)
    #expect(text[3] > text[2])
    // Behaviour alone cannot tell the right ones apart.
    let behaviour = try scores(pool) { $0.lambda = 0 }.map(\.value)
    #expect(Set(behaviour[..<3]).count == 1 && behaviour[3] == 0)
  }

  @Test func tellsWhatAScoreIsMadeOf() throws {
    let score = try scores(pool)[0]
    #expect(score.parts.map(\.name) == ["text", "behaviour"])
    #expect(abs(score.value - (score.parts[0].value + score.parts[1].value) / 2) < 1e-6, "f32")
  }

  @Test func permutingCandidatesPermutesScores() throws {
    let plain = try scores(pool).map(\.value)
    let order = [3, 1, 0, 2]
    let moved = try scores(order.map { pool[$0] }).map(\.value)
    for (place, index) in order.enumerated() {
      #expect(abs(moved[place] - plain[index]) < 1e-6, "f32 sums of another order")
    }
  }

  @Test func rejectsWhatIsNoSuchProgram() throws {
    let programs = [
      Programs.a, Programs.c, "def f(xs:", "def g(xs):\n    return 0\n", "Sorry, I cannot.",
      "def f(xs):\n    raise ValueError\n", "import nowhere\ndef f(xs):\n    return 0\n", "",
    ]
    let found = try scores(programs) { $0.rejected = .none }
    #expect(found[0].value.isFinite && found[1].value.isFinite)
    let reasons = found.map { $0.failure ?? "" }
    #expect(reasons[2].hasPrefix("no Python"))
    #expect(reasons[3].contains("define f"))
    #expect(found[4].value.isNaN && found[7].value.isNaN)
    #expect(reasons[5].contains("ValueError"))
    #expect(reasons[6].contains("ModuleNotFoundError"))
    // Those who agree with nobody still count as voters.
    #expect(found[0].value < 1.0 / 7 + 1e-6)
  }

  @Test func takesProgramsOutOfWhatModelsWrite() throws {
    let fenced = "Here it is:\n```python\n\(Programs.a)```\nIt adds.\n```\nf([1])\n```"
    let found = try scores([fenced, Programs.c, Programs.d]) { $0.lambda = 0 }.map(\.value)
    #expect(found == [0.5, 0.5, 0])
  }
}

@Suite struct CodeTaskTests {
  private func task(_ text: String, fields: JSONObject = [:]) -> CodeTask {
    CodeTask(
      Prompt(id: "p", messages: [Message(role: "user", content: text)], fields: fields),
      entryPoint: nil)
  }

  @Test func knowsWhatToDefine() {
    #expect(task("def helper(x):\n    pass\n\ndef goal(y: int) -> int:\n").name == "goal")
    #expect(task("write it", fields: ["entry_point": "solve"]).name == "solve")
    #expect(task("write something").name == nil)
  }

  @Test func goesOnWithThePromptsCode() {
    let stub = "def goal(y):\n    \"\"\"Twice y.\"\"\"\n"
    #expect(task(stub).program(in: "    return 2 * y\n") == stub + "    return 2 * y\n")
    #expect(task(stub).program(in: "def goal(y): return 0") == "def goal(y): return 0")
    #expect(task(stub).program(in: "```py\ndef goal(y): return 1") == "def goal(y): return 1")
  }
}
