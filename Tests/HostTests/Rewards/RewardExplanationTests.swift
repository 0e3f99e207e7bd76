import PluginAPI
import Testing

@testable import Host

struct RewardExplanationTests {
  private func rows(_ rows: [(prompt: String, response: String)]) -> [Completion] {
    rows.map { Completion(prompt: Prompt(id: $0.prompt, messages: []), response: $0.response) }
  }

  @Test func rankCorrelationSharesRanksOfTies() {
    #expect(rankCorrelation([1, 2, 3, 4], [10, 20, 30, 40]) == 1)
    #expect(rankCorrelation([1, 2, 3], [3, 2, 1]) == -1)
    // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / sqrt(4.5 · 5), by hand.
    let tied = rankCorrelation([1, 2, 2, 9], [1, 2, 3, 4])
    #expect(abs((tied ?? 0) - 4.5 / (4.5 * 5).squareRoot()) < 1e-12)
    #expect(rankCorrelation([1, 1, 1], [1, 2, 3]) == nil)
    #expect(rankCorrelation([1, 2, .nan], [1, 2, 3]) == nil, "two pairs are left")
  }

  @Test func areaCountsTiesHalf() {
    #expect(areaUnderCurve([1, 2, 3, 4], marked: [false, false, true, true]) == 1)
    #expect(areaUnderCurve([4, 3, 2, 1], marked: [false, false, true, true]) == 0)
    #expect(areaUnderCurve([1, 1, 1], marked: [true, false, true]) == 0.5)
    // Of the four pairs, two are won and one is tied.
    #expect(areaUnderCurve([1, 2, 2, 3], marked: [false, true, false, true]) == 0.875)
    #expect(areaUnderCurve([1, .nan], marked: [true, false]) == nil)
  }

  @Test func summariesLeaveFailuresOut() {
    let scores =
      [1, 2, 2, 4].map { RewardScore($0) }
      + [RewardScore(failure: "no"), RewardScore(.nan), RewardScore(failure: "no")]
    let summary = ScoreSummary(label: "r", scores: scores)
    #expect(summary.count == 7 && summary.failed == 3 && summary.distinct == 3)
    #expect(summary.mean == 2.25 && summary.quantile(0.5) == 2 && summary.quantile(1) == 4)
    #expect(abs((summary.deviation ?? 0) - 1.1875.squareRoot()) < 1e-12)
    #expect(summary.failures.map(\.count) == [2, 1] && summary.failures[0].reason == "no")
    #expect(summary.histogram(bins: 3) == [1, 2, 1])
    #expect(ScoreSummary(label: "r", scores: []).mean == nil)
    #expect(
      ScoreSummary(label: "r", scores: [RewardScore(1), RewardScore(1)]).blocks(bins: 9) == "█")
  }

  @Test func pairsAreThoseOfOnePrompt() {
    let completions = rows([("a", "xxx"), ("a", "x"), ("b", "xx"), ("a", "xx")])
    let pairs = ResponsePairs(completions)
    #expect(pairs.ties([1, 1, 1, 2]) == 1.0 / 3)
    // Pairs (0,1), (0,3), (1,3): the longer one wins the first two.
    let lengths: [Double] = [3, 1, 2, 2]
    #expect(pairs.agreement([5, 3, 0, 2], with: lengths) == 2.0 / 3)
    #expect(pairs.agreement([5, 5, 0, 5], with: lengths) == nil)
    #expect(ResponsePairs(rows([("a", "x"), ("b", "y")])).ties([1, 1]) == nil)
  }

  @Test func tablesHoldARowEach() throws {
    let completions = rows([("a", "x"), ("a", "xx"), ("a", "xxx")])
    let explanation = RewardExplanation(
      labels: ["one", "two"],
      scores: [
        [1, 2, 3].map { RewardScore($0, parts: [("p", $0), ("q", -$0)]) },
        [3, 2, 1].map { RewardScore($0) },
      ],
      completions: completions, truth: [false, true, true])
    let first = try #require(explanation.distributions.json.array?.first)
    #expect(first["length_correlation"]?.double == 1 && first["longer_wins"]?.double == 1)
    #expect(first["ties"]?.double == 0 && first["auc"]?.double == 1)
    let agreement = try #require(explanation.agreement?.json.array?.first)
    #expect(agreement["correlation"]?.double == -1 && agreement["pairs_alike"]?.double == 0)
    let parts = try #require(explanation.parts?.json.array)
    #expect(parts.map { $0["correlation"]?.double } == [1, -1])
  }
}
