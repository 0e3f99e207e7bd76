import PluginAPI
import TestSupport
import Testing

@testable import Similarity

struct SimilarityTests {
  private func reward(_ change: (inout SimilarityReward.Options) -> Void = { _ in }) throws
    -> SimilarityReward
  {
    var options = SimilarityReward.Options()
    options.model = ModelHandle(reference: ModelReference(location: "target", name: "target")) {
      _ in
      try ExampleModels.open("target")
    }
    change(&options)
    return try SimilarityReward(options)
  }

  private func completion(_ response: String, reference: String?) -> Completion {
    Completion(
      prompt: Prompt(
        id: "p", messages: [Message(role: "user", content: "Sort: 3 1 2")], reference: reference),
      response: response)
  }

  @Test func theSameTextIsOneAndOtherTextLess() throws {
    let scores = try reward().judge([
      completion("1 2 3", reference: "1 2 3"), completion("blue dog", reference: "1 2 3"),
    ])
    #expect(abs(scores[0].value - 1) < 1e-6, "a cosine with itself, in f64")
    #expect(scores[1].value < 0.999 && scores[1].value > -1)
  }

  @Test func isSymmetricAndPools() throws {
    for pooling in [SimilarityReward.Pooling.mean, .last] {
      let scores = try reward { $0.pooling = pooling }.judge([
        completion("one two", reference: "three"), completion("three", reference: "one two"),
      ])
      #expect(scores[0].value == scores[1].value)
    }
  }

  @Test func comparesWithThePrompt() throws {
    let score = try reward { $0.to = .prompt }.judge([completion("Sort: 3 1 2", reference: nil)])[0]
    #expect(abs(score.value - 1) < 1e-6)
  }

  @Test func saysWhatIsMissing() throws {
    let scores = try reward().judge([
      completion("x", reference: nil), completion("", reference: "x"),
    ])
    #expect(scores.allSatisfy { $0.value.isNaN })
    #expect(scores[0].failure == "the row has no 'reference' to compare with")
    #expect(scores[1].failure == "an empty text has no meaning to compare")
    #expect(throws: OptionError.self) { try SimilarityReward(SimilarityReward.Options()) }
  }

  @Test func refusesModelsWithoutWeights() throws {
    var options = SimilarityReward.Options()
    options.model = ModelHandle(reference: ModelReference(location: "a", name: "a")) { _ in
      AnswersOnly()
    }
    let reward = try SimilarityReward(options)
    let problem = #expect(throws: Problem.self) {
      try reward.judge([completion("x", reference: "y")])
    }
    #expect(problem?.what.contains("cannot embed texts") == true)
  }
}
