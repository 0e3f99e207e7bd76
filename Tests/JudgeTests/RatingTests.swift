import Foundation
import PluginAPI
import Testing

@testable import Judge

struct RatingTests {
  @Test func writtenRatingsAreRead() throws {
    let reward = try judge(Rule { $0.contains("[Answer]\ngood\n") ? "Good. [[9]]" : "[[2]]" })
    #expect(try reward.scores(completions(["good", "bad", "good"])) == [9, 2, 9])
    #expect(reward.scope == .response)
  }

  @Test func whatCannotBeReadFailsWithTheReply() throws {
    let reward = try judge(
      Rule { text in
        text.contains("silent") ? nil : text.contains("loud") ? "[[11]]" : "I\u{7}refuse"
      })
    let found = try reward.judge(completions(["x", "silent", "loud"]))
    #expect(found.allSatisfy { $0.value.isNaN })
    #expect(found[0].failure == "no rating in the judge's reply 'I\\u{7}refuse'")
    #expect(found[1].failure == "'judge' has no reply to it")
    #expect(found[2].failure?.contains("[[11]]") == true)
  }

  /// The mean of the scale under the model's own probabilities, from all logits.
  @Test(arguments: [true, false])
  func readsTheExpectation(template: Bool) throws {
    let model = try tinyModel(template: template)
    let reward = try judge(model) { $0.scale = [0, 12] }
    let batch = completions(["an answer", "another"], reference: "right")
    let found = try reward.judge(batch)
    for (completion, score) in zip(batch, found) {
      let text = RatingRubric(scale: 0...12, isWritten: false).text(completion)
      let prompt = try model.chatPromptIDs([Message(role: "user", content: text)])
      let spelled = try SpelledAnswers((0...12).map { ["\($0)"] }, for: model)
      var begins: [String: Double] = [:]
      for number in 0...12 {
        begins["\(number)"] = try ["\(number)", " \(number)"]
          .filter { spelled.forms.contains(try model.textIDs($0)) }
          .reduce(0) { $0 + exp(try logProb(model, prompt, $1)) }
      }
      var p = (0...12).map { begins["\($0)"] ?? 0 }
      p[1] -= p[10] + p[11] + p[12]
      let mass = p.reduce(0, +)
      let wanted = zip(0...12, p).reduce(0) { $0 + Double($1.0) * $1.1 } / mass
      #expect(abs(Double(score.value) - wanted) < 1e-3)
      #expect(score.parts.map(\.name) == ["mass"])
      #expect(abs(Double(score.parts[0].value) / mass - 1) < 1e-3)
    }
    #expect(found[0].value != found[1].value)
  }

  @Test func batchesAreTheirRows() throws {
    let reward = try judge(try tinyModel())
    let batch = completions(["one", "two and more", "three"])
    let alone = try batch.flatMap { try reward.scores([$0]) }
    #expect(try reward.scores(batch) == alone)
    #expect(try reward.scores(batch.reversed()) == alone.reversed())
    #expect(try reward.scores([]).isEmpty)
  }

  @Test func rubricsAreFilledOnce() throws {
    let reward = try judge(
      Rule { $0 == "Q: Say something. A: {prompt} R: ref 1-5 {x}" ? "3" : "nothing" }
    ) {
      $0.rubric = "Q: {prompt} A: {response} R: {reference} {min}-{max} {x}"
      $0.scale = [1, 5]
    }
    #expect(try reward.scores(completions(["{prompt}"], reference: "ref")) == [3])
    let failure = try reward.judge(completions(["{prompt}"]))[0].failure
    #expect(failure == "the rubric shows {reference} and the row has none")
  }

  @Test func longResponsesFailAlone() throws {
    let model = try tinyModel(positions: 900)
    let batch = completions(["short", String(repeating: "long ", count: 400), "brief"])
    for reading in [JudgeOptions.Reading.logits, .written] {
      let reward = try judge(model) {
        $0.read = reading
        $0.maxTokens = 4
        $0.rubric = "{response}"
      }
      let found = try reward.judge(batch)
      #expect(found[1].failure?.contains("'judge' holds 900") == true)
      for short in [0, 2] { #expect(found[short].failure?.contains("holds") != true) }
      if reading == .logits { #expect(found[0].value.isFinite && found[2].value.isFinite) }
    }
  }

  @Test func countsWhatHappened() throws {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("judge-\(UUID().uuidString).json").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let reward = try judge(Rule { $0.contains("good") ? "8" : $0.contains("bad") ? "4" : "" }) {
      $0.rubric = "{response}"
      $0.report = FilePath(path)
    }
    _ = try reward.scores(completions(["good", "bad"]))
    _ = try reward.scores(completions(["ugly"]))
    let report = try JSON.parse(file: path)
    #expect(report["rated"]?.int == 2 && report["failed"]?.int == 1)
    #expect(report["mean"]?.double == 6 && report["variance"]?.double == 4)
  }
}
