import PluginAPI
import Testing

@testable import TrainReward

@Suite struct RewardReportTests {
  @Test func accuracyHasWilsonsInterval() {
    let hits = [1.0, 1, 1, 1, 1, 1, 1, 0, 0, 0]
    let interval = ShareInterval(hits: hits, groups: hits.indices.map { "p\($0)" })
    #expect(interval.value == 0.7)
    // Wilson for 7 of 10 at 95%, as tables have it.
    #expect(abs(interval.low - 0.3968) < 1e-4)
    #expect(abs(interval.high - 0.8922) < 1e-4)
  }

  /// Ten pairs of one prompt that all go one way are one trial.
  @Test func pairsOfAPromptAreNoIndependentTrials() {
    let hits = [1.0, 1, 1, 1, 0, 0, 0, 0]
    let apart = ShareInterval(hits: hits, groups: hits.indices.map { "\($0)" })
    let together = ShareInterval(hits: hits, groups: hits.map { "\($0)" })
    #expect(together.value == apart.value)
    #expect(together.high - together.low > apart.high - apart.low + 0.2)
    let sure = ShareInterval(hits: [1, 1, 1, 1], groups: ["a", "a", "b", "b"])
    #expect(sure.low < 0.5, "two prompts say little")
  }

  @Test func calibrationIsMeasuredInBinsOfConfidence() {
    // σ(2) = 0.8808: right 3 of 4; σ(0.2) = 0.5498: right 1 of 2.
    let calibration = Calibration(leads: [2, 2, 2, -2, 0.2, -0.2])
    #expect(calibration.bins.count == 10)
    #expect(calibration.bins[0].pairs == 2 && calibration.bins[0].accuracy == 0.5)
    #expect(calibration.bins[7].pairs == 4 && calibration.bins[7].accuracy == 0.75)
    let wanted = 4.0 / 6 * (0.880_797 - 0.75) + 2.0 / 6 * (0.549_834 - 0.5)
    #expect(abs(calibration.error - wanted) < 1e-6)
    let certain = Calibration(leads: [900, -900])
    #expect(certain.bins[9].pairs == 2, "confidence 1 is in the last bin")
  }

  @Test func theFittedTemperatureIsTheBest() throws {
    let leads = [2.0, 2, 2, -2, 0.2, -0.2]
    let temperature = try #require(Calibration(leads: leads).temperature)
    let best = Calibration.loss(leads, temperature: temperature)
    for factor in [0.9, 0.99, 1.01, 1.1] {
      #expect(Calibration.loss(leads, temperature: temperature * factor) > best)
    }
    // Four leads of 2, three right: σ(2/T) = 3/4 when those of 0.2 cancel nearly.
    #expect(Calibration(leads: [1, 2, 3]).temperature == nil, "always right: colder is better")
    #expect(Calibration(leads: [-1, -2, 1]).temperature == nil, "worse than chance")
  }

  @Test func lengthIsLookedAt() {
    let bias = LengthBias([
      ScoredPair(chosen: 1, rejected: 0, lengthGap: 10),
      ScoredPair(chosen: 2, rejected: 0, lengthGap: 20),
      ScoredPair(chosen: 0, rejected: 1, lengthGap: -10),
      ScoredPair(chosen: 0, rejected: 0, lengthGap: 0),
    ])
    #expect(bias.longer.pairs == 2 && bias.longer.accuracy == 1)
    #expect(bias.shorter.pairs == 1 && bias.shorter.accuracy == 0)
    #expect(bias.longerWins == 0.625)
    #expect(abs((bias.correlation ?? 0) - 1) < 1e-12, "goes by length alone")
    #expect(LengthBias.correlation([1, 1], [1, 2]) == nil)
  }

  /// Worked standardisation, 9 digits.
  @Test func spreadStandardises() {
    let values = [2.0, -1, 0.5, 0]
    let spread = Spread(values)
    let wanted = [1.501_110_700, -1.270_170_592, 0.115_470_054, -0.346_410_162]
    for (value, standard) in zip(values, wanted) {
      #expect(abs((value - spread.mean) / spread.deviation - standard) < 1e-9)
    }
  }

  @Test func theReportHasALineForEverything() {
    let report = RewardReport([
      ScoredPair(chosen: 1, rejected: 0, lengthGap: 1, prompt: "a", place: "f:1"),
      ScoredPair(chosen: 0, rejected: 1, lengthGap: 2, prompt: "b", place: "f:2"),
    ])
    #expect(report.json.count == 1 + 10 + 2)
    let summary = report.json[0]
    #expect(summary["accuracy"]?["value"]?.double == 0.5)
    #expect(summary["length"]?["chosen_longer"]?["pairs"]?.int == 2)
    #expect(summary["temperature"] == .null)
    #expect(report.lines[0] == "held out     2 pairs of 2 prompts")
  }
}
