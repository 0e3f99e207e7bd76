import Foundation
import PluginAPI
import Testing

@testable import Judge

struct QuestionTests {
  private let code = "code"

  /// Answers "yes" or "no" to the questions in their order, by letters of the response: `y`, `n`,
  /// anything else is no answer.
  private func table(_ questions: [Question]) -> Rule {
    Rule { text in
      let lines = text.components(separatedBy: "\n")
      guard lines.count == 2, let place = questions.firstIndex(where: { $0.ask == lines[0] }),
        let letter = lines[1].dropFirst(place).first
      else { return "what?" }
      return ["y": "Yes.", "n": "No."][letter] ?? "I do not know"
    }
  }

  private func reward(_ change: (inout JudgeOptions) -> Void = { _ in }) throws -> JudgeReward {
    try judge(table(QuestionSet.code)) {
      $0.mode = .questions
      $0.questions = try? yaml("code")
      $0.rubric = "{question}\n{response}"
      change(&$0)
    }
  }

  /// Good answers of the set are [y n y y n y y n]; S = #good / 8.
  @Test func theScoreIsTheShareOfGoodAnswers() throws {
    #expect(QuestionSet.code.map(\.isYesGood) == "ynyynyyn".map { $0 == "y" })
    let found = try reward().judge(completions(["ynnynynn", "nynynnnn", "ynyynyyn", "nynnynny"]))
    #expect(found.map(\.value) == [0.75, 0.375, 1, 0])
    #expect(found[0].parts.map(\.value) == [1, 1, 0, 1, 1, 1, 0, 1])
    #expect(found[0].parts.map(\.name) == QuestionSet.code.map(\.name))
  }

  @Test func alwaysYesIsNoTopScore() throws {
    #expect(try reward().scores(completions(["yyyyyyyy", "nnnnnnnn"])) == [0.625, 0.375])
  }

  @Test func unreadableAnswersAreBadAndCounted() throws {
    let reward = try reward()
    let found = try reward.judge(completions(["yn??????"]))[0]
    #expect(found.value == 0.25 && found.parts.map(\.value) == [1, 1, 0, 0, 0, 0, 0, 0])
    let path = NSTemporaryDirectory() + "judge-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let counting = try self.reward { $0.report = FilePath(path) }
    _ = try counting.judge(completions(["yn??????", "ynyynyy?"]))
    let rows = try #require(try JSON.parse(file: path)["questions"]?.array)
    #expect(rows.map { $0["unreadable"]?.int } == [0, 0, 1, 1, 1, 1, 1, 2])
    #expect(rows.map { $0["answers"]?.int } == [2, 2, 1, 1, 1, 1, 1, 0])
  }

  @Test func aJudgeThatDoesNotKnowTheQuestionsFails() throws {
    let silent = try judge(Rule { _ in nil }) {
      $0.mode = .questions
      $0.questions = try? yaml("code")
    }
    let found = try silent.judge(completions(["x"]))[0]
    #expect(found.value.isNaN && found.failure == "'judge' has no reply to it")
  }

  @Test func weightsCount() throws {
    let list = try Question.list(
      yaml("[{ask: A?, good: yes, weight: 3}, {ask: B?, good: false, name: b}]"))
    #expect(list.map(\.name) == ["q1", "b"] && list.map(\.isYesGood) == [true, false])
    let reward = try judge(table(list)) {
      $0.mode = .questions
      $0.questions = try? yaml("[{ask: A?, good: yes, weight: 3}, {ask: B?, good: false}]")
      $0.rubric = "{question}\n{response}"
    }
    #expect(try reward.scores(completions(["yy", "yn", "nn", "ny"])) == [0.75, 1, 0.25, 0])
  }

  @Test(arguments: [
    "cod", "[]", "{a: b}", "[{ask: A?}]", "[{good: yes}]", "[{ask: A?, good: maybe}]",
    "[{ask: A?, good: yes, weight: 0}]", "[{ask: A?, good: yes, weigh: 1}]",
    "[{ask: A?, good: yes, name: x}, {ask: B?, good: no, name: x}]", "[A?]",
    "[{ask: A?, good: yes, name: ''}]", "[{ask: A?, good: yes, weight: .inf}]",
  ])
  func faultyQuestionsAreRefused(text: String) throws {
    let node = try yaml(text)
    #expect(throws: (any Error).self) { try Question.list(node) }
  }

  // MARK: - Probabilities

  private func soft(
    _ model: LoadedModel, _ change: (inout JudgeOptions) -> Void = { _ in }
  ) throws -> JudgeReward {
    try judge(model) {
      $0.mode = .questions
      $0.questions = try? yaml("code")
      $0.soft = true
      change(&$0)
    }
  }

  /// Each part is p(good) / (p(yes) + p(no)) under the model's logits after the whole question.
  @Test(arguments: [true, false])
  func partsAreProbabilities(template: Bool) throws {
    let model = try tinyModel(template: template)
    let batch = completions(["print(1)", "import os"])
    let spelled = try SpelledAnswers([["yes", "Yes", "YES"], ["no", "No", "NO"]], for: model)
    for (completion, score) in zip(batch, try soft(model).judge(batch)) {
      let asked = try #require(QuestionText(rubric: nil).questions(QuestionSet.code, completion))
      var mean = 0.0
      for (index, question) in QuestionSet.code.enumerated() {
        let prompt = try model.chatPromptIDs(asked[index])
        // The question alone, without anything shared.
        let row = model.decoder.answerLogProbs(prompts: [prompt], answers: spelled.forms)[0]
        let both = spelled.probabilities(row)
        let yes = both[0] / (both[0] + both[1])
        let good = question.isYesGood ? yes : 1 - yes
        #expect(abs(Double(score.parts[index].value) - good) < 1e-4)
        mean += good / 8
      }
      #expect(abs(Double(score.value) - mean) < 1e-4)
    }
  }

  @Test func hardAnswersFollowTheOdds() throws {
    let model = try tinyModel()
    let batch = completions(["print(1)", "import os", "x = 3"])
    let hard = try soft(model) { $0.soft = false }.judge(batch)
    for (score, soft) in zip(hard, try soft(model).judge(batch)) {
      #expect(score.parts.map(\.value) == soft.parts.map { $0.value > 0.5 ? 1 : 0 })
    }
  }

  @Test func batchesAreTheirRows() throws {
    let reward = try soft(try tinyModel())
    let batch = completions(["one", "two and more", "three"])
    #expect(try reward.scores(batch) == batch.flatMap { try reward.scores([$0]) })
  }

  // MARK: - Calibration

  @Test func takesTheMeanOff() throws {
    let answers = [0.5, 2.5, 3.0].map { odds in
      JudgedAnswer(yes: exp(odds) / (1 + exp(odds)), no: 1 / (1 + exp(odds)))
    }
    #expect(zip(answers, [0.5, 2.5, 3]).allSatisfy { abs($0.logOdds - $1) < 1e-12 })
    let shifted = answers.map { $0.shifted(by: 2) }
    let good = QuestionSet.code[0]
    let bad = QuestionSet.code[1]
    #expect(answers.map { $0.goodness(good, isSoft: false) } == [1, 1, 1])
    #expect(shifted.map { $0.goodness(good, isSoft: false) } == [0, 1, 1])
    #expect(shifted.map { $0.goodness(bad, isSoft: false) } == [1, 0, 0])
    let soft = shifted[1].goodness(good, isSoft: true)
    #expect(abs(soft - 1 / (1 + exp(-0.5))) < 1e-12)
    #expect(shifted[0].shifted(by: -1.5).goodness(good, isSoft: false) == 0.5, "even odds")
    #expect(JudgedAnswer(written: nil).goodness(good, isSoft: true) == 0)
    #expect(JudgedAnswer(yes: 0, no: 0).logOdds == 0, "no word is no answer, and finite")
  }

  /// Over the prompt's own responses the mean log-odds of every question becomes 0.
  @Test func calibratesOverThePrompt() throws {
    let reward = try soft(try tinyModel()) { $0.calibrate = .prompt }
    #expect(reward.scope == .prompt)
    let one = completions(["print(1)", "import os", "x = 3"])
    let other = completions(["a", "b"], prompt: "Other.", id: "q")
    let found = try reward.judge(one + other)
    for group in [found[..<3], found[3...]] {
      for question in QuestionSet.code.indices {
        let odds = group.map { score in
          log(Double(score.parts[question].value) / (1 - Double(score.parts[question].value)))
        }
        #expect(abs(odds.reduce(0, +)) < 1e-3)
      }
    }
    let alone = try reward.judge(completions(["print(1)"]))[0]
    #expect(alone.value == 0.5, "one response is its own mean")
  }

  @Test func calibratesOverAFile() throws {
    let model = try tinyModel()
    let path = NSTemporaryDirectory() + "probe-\(UUID().uuidString).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let responses = ["print(1)", "import os", "x = 3"]
    let rows = responses.map { "{\"prompt\": \"Say something.\", \"response\": \"\($0)\"}\n" }
    try rows.joined().write(toFile: path, atomically: true, encoding: .utf8)
    let reward = try soft(model) { $0.calibrate = .file(path) }
    #expect(reward.scope == .response)
    let together = try soft(model) { $0.calibrate = .prompt }
    let batch = completions(responses)
    #expect(try reward.scores(batch) == together.scores(batch), "the probe is the group")
    // A row's score does not depend on its neighbours.
    #expect(try reward.scores([batch[1]]) == [reward.scores(batch)[1]])
    let before = try reward.identity
    try (rows[0] + rows[1]).write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try reward.identity != before)
    try "".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: (any Error).self) {
      try soft(model) { $0.calibrate = .file(path) }.judge(batch)
    }
  }

  @Test func writtenAnswersAreNotCalibrated() throws {
    #expect(throws: Problem.self) {
      try reward { $0.calibrate = .prompt }.judge(completions(["ynyynyyn"]))
    }
  }

  @Test func answersThatNeverVaryAreWarnedOf() throws {
    let path = NSTemporaryDirectory() + "judge-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let reward = try reward { $0.report = FilePath(path) }
    let responses = (0..<10).map { "y" + ($0 % 2 == 0 ? "y" : "n") + "yyyyyy" }
    _ = try reward.judge(completions(responses))
    let rows = try #require(try JSON.parse(file: path)["questions"]?.array)
    #expect(rows[0]["warning"] != nil && rows[1]["warning"] == nil && rows[7]["warning"] != nil)
    #expect(rows.map { $0["yes"]?.double } == [1, 0.5, 1, 1, 1, 1, 1, 1])
  }
}
