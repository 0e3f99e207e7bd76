import Foundation
import PluginAPI
import Testing

@testable import TrainReward

@Suite struct PairTests {
  private let prompt = [Message(role: "user", content: "q")]

  private func pairs(
    _ scores: [(String, Double)], _ change: (inout PairingOptions) -> Void = { _ in }
  ) -> [String] {
    var options = PairingOptions()
    change(&options)
    let answers = scores.enumerated().map {
      ScoredResponse(text: $1.0, score: $1.1, modelName: "m", sample: $0)
    }
    return options.pairs(of: answers, to: prompt, place: "p", random: CounterRNG(seed: 1))
      .map { "\($0.chosen)>\($0.rejected)" }
  }

  @Test func extremesAreBestAndWorst() {
    #expect(pairs([("a", 0.5), ("b", 1), ("c", 0)]) == ["b>c"])
    #expect(pairs([("a", 1), ("b", 1)]).isEmpty)
    #expect(pairs([("a", 1), ("b", .nan)]).isEmpty, "what was not judged is no worst answer")
    #expect(pairs([("a", 1), ("b", 0.9)]) { $0.marginToPair = 0.2 }.isEmpty)
  }

  @Test func allPairsDifferEnough() {
    let answers = [("a", 1.0), ("b", 0.5), ("c", 0.4), ("c", 0.4)]
    #expect(pairs(answers) { $0.pairs = .all } == ["a>b", "a>c", "b>c"])
    let wide = pairs(answers) {
      $0.pairs = .all
      $0.marginToPair = 0.5
    }
    #expect(wide == ["a>b", "a>c"])
    let drawn = pairs(answers) {
      $0.pairs = .all
      $0.pairsPerPrompt = 2
    }
    #expect(drawn.count == 2)
    #expect(Set(drawn).isSubset(of: ["a>b", "a>c", "b>c"]))
  }

  @Test func noPromptIsInBothParts() {
    let pairs = (0..<40).map { index in
      RewardPair(
        prompt: [Message(role: "user", content: "q\(index / 4)")], chosen: "a\(index)",
        rejected: "b", place: "f:\(index)")
    }
    let split = PairSplit(pairs, share: 0.3, seed: 7)
    #expect(split.heldout.count == 12 && split.training.count == 28)
    let keys = Set(split.training.map(\.promptKey))
    #expect(split.heldout.allSatisfy { !keys.contains($0.promptKey) })
    #expect(split.heldout == PairSplit(pairs, share: 0.3, seed: 7).heldout)
    #expect(split.heldout != PairSplit(pairs, share: 0.3, seed: 8).heldout)
    #expect(PairSplit(pairs, share: 0, seed: 7).heldout.isEmpty)
    #expect(PairSplit(pairs, share: 0.001, seed: 7).heldout.count == 4, "one prompt at least")
    #expect(PairSplit(Array(pairs.prefix(4)), share: 0.9, seed: 7).training.count == 4)
  }

  @Test func preferenceFilesBringTheirScores() throws {
    let pairs = try read([
      #"{"prompt":[{"role":"user","content":"q"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}],"score_chosen":3.5,"score_rejected":1}"#
    ])
    #expect(pairs.map(\.chosen) == ["a"])
    #expect(pairs[0].scoreGap == 2.5)
    let again = try read(pairs.map { $0.json.serialized() })
    #expect(again == pairs, "what is written is read again")
  }

  @Test func scoredResponsesAreRankedHere() throws {
    let pairs = try read([
      #"{"prompt":"q","all_generated_responses":["a","b","c"],"all_rm_scores":[0.1,0.9,0.5]}"#
    ])
    #expect(pairs.map { "\($0.chosen)>\($0.rejected)" } == ["b>a"])
    #expect(try #require(pairs[0].scoreGap) > 0.79)
  }

  @Test func rowsWithoutAPairAreNamed() {
    let problem = #expect(throws: Problem.self) {
      try read([#"{"prompt":"q","response":"a"}"#])
    }
    #expect(problem?.place?.hasSuffix(":1") == true)
  }

  private func read(_ lines: [String]) throws -> [RewardPair] {
    let path = NSTemporaryDirectory() + "crucible-\(UUID().uuidString).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try lines.map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
    let pairs = try RewardPair.read(path, PairingOptions(), seed: 1) { _ in }
    // Only the line tells rows apart here.
    return pairs.map { pair in
      var pair = pair
      pair.place = String(pair.place.suffix(2))
      return pair
    }
  }
}
