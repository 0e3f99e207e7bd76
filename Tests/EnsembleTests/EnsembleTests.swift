import PluginAPI
import Testing

@testable import Ensemble

/// A member whose scores are written in the responses: "3 0.5" is 3 by the first, 0.5 by the second.
private struct Column: ExplainingReward {
  static let name = "column"
  static let summary = "A number of the response."
  var place = 0
  var scope = RewardScope.response
  init(_ options: NoOptions = NoOptions()) {}
  init(_ place: Int, _ scope: RewardScope = .response) { (self.place, self.scope) = (place, scope) }

  func judge(_ batch: [Completion]) -> [RewardScore] {
    batch.map { completion in
      let words = completion.response.split(separator: " ")
      return Float(words[place]).map { RewardScore($0) } ?? RewardScore(failure: "no number")
    }
  }
}

struct EnsembleTests {
  private func ensemble(
    weights: [Double] = [1, 1], _ change: (inout EnsembleReward.Options) -> Void
  ) throws -> EnsembleReward {
    var options = EnsembleReward.Options()
    options.rewards = weights.enumerated().map { place, weight in
      RewardHandle(
        name: "r\(place)", weight: weight, model: Column(place), options: "{}", library: "")
    }
    change(&options)
    return try EnsembleReward(options)
  }

  private func batch(_ rows: [(prompt: String, response: String)]) -> [Completion] {
    rows.map { Completion(prompt: Prompt(id: $0.prompt, messages: []), response: $0.response) }
  }

  private let rows = [("a", "1 10"), ("a", "2 30"), ("a", "3 20"), ("b", "7 5"), ("b", "7 1")]

  private func values(_ ensemble: EnsembleReward) throws -> [Float] {
    try ensemble.judge(batch(rows)).map(\.value)
  }

  @Test func combinesRawScores() throws {
    #expect(try values(ensemble(weights: [3, 1]) { _ in }) == [3.25, 9, 7.25, 6.5, 5.5])
    #expect(try values(ensemble(weights: [1, -1]) { $0.combine = .sum }) == [-9, -28, -17, 2, 6])
    #expect(try values(ensemble { $0.combine = .worst }) == [1, 2, 3, 5, 1])
    #expect(try values(ensemble(weights: [1, 3]) { $0.combine = .median }) == [10, 30, 20, 5, 1])
    // Deviations of two members: half their difference.
    #expect(try values(ensemble { $0.combine = .cautious }) == [1, 2, 3, 5, 1])
    #expect(
      try values(ensemble { ($0.combine, $0.uncertainty) = (.cautious, 0) })
        == [5.5, 16, 11.5, 6, 4])
  }

  @Test func normalisesWithinEachPrompt() throws {
    #expect(try values(ensemble { $0.normalise = .rank }) == [0, 0.75, 0.75, 0.75, 0.25])
    #expect(try values(ensemble { $0.normalise = .minMax }) == [0, 0.75, 0.75, 0.75, 0.25])
    let standard = try values(ensemble(weights: [1, 0]) { $0.normalise = .zScore })
    #expect(abs(standard[0] + 1.5.squareRoot().asFloat) < 1e-6 && standard[1] == 0)
    #expect(standard[3] == 0 && standard[4] == 0, "equal scores say nothing")
  }

  @Test func looksAtPromptsOnlyWhereItMust() throws {
    #expect(try ensemble { _ in }.scope == .response)
    #expect(try ensemble { $0.normalise = .rank }.scope == .prompt)
    let comparing = try ensemble {
      $0.rewards.append(
        RewardHandle(
          name: "c", weight: 1, model: Column(0, .prompt), options: "{}", library: ""))
    }
    #expect(comparing.scope == .prompt)
  }

  @Test func rowsThatAMemberCannotJudge() throws {
    let rows = batch([("a", "1 x"), ("a", "2 4"), ("b", "x x")])
    let failing = try ensemble { _ in }.judge(rows)
    #expect(failing[0].value.isNaN && failing[0].failure == "r1 could not judge it: no number")
    #expect(failing[0].parts.map(\.name) == ["r0", "r1"] && failing[1].value == 3)
    let skipping = try ensemble { $0.missing = .skip }.judge(rows)
    #expect(skipping[0].value == 1 && skipping[1].value == 3 && skipping[2].value.isNaN)
    let ranked = try ensemble { ($0.missing, $0.normalise) = (.skip, .rank) }.judge(rows)
    #expect(ranked.map(\.value)[0] == 0, "its one score is the lower of two")
  }

  @Test func refusesWhatCannotBeCombined() {
    #expect(throws: OptionError.self) { try ensemble(weights: []) { _ in } }
    #expect(throws: OptionError.self) { try ensemble(weights: [1, -1]) { _ in } }
    #expect(throws: OptionError.self) { try ensemble(weights: [0, 0]) { _ in } }
  }

  @Test func identityHoldsAllMembers() throws {
    let one = try ensemble { _ in }.identity
    let other = try ensemble { $0.rewards.removeLast() }.identity
    #expect(one != other)
  }
}

extension Double {
  fileprivate var asFloat: Float { Float(self) }
}
