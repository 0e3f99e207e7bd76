import Foundation
import PluginAPI

/// What held-out pairs say of a reward model.
struct RewardReport {
  let pairs: [ScoredPair]
  let accuracy: ShareInterval
  let calibration: Calibration
  let length: LengthBias
  /// Of all responses.
  let rewards: Spread
  let chosen: Spread
  let rejected: Spread

  /// - Parameter pairs: At least one.
  init(_ pairs: [ScoredPair]) {
    self.pairs = pairs
    accuracy = ShareInterval(hits: pairs.map(\.hit), groups: pairs.map(\.prompt))
    calibration = Calibration(leads: pairs.map(\.lead))
    length = LengthBias(pairs)
    rewards = Spread(pairs.flatMap { [$0.chosen, $0.rejected] })
    chosen = Spread(pairs.map(\.chosen))
    rejected = Spread(pairs.map(\.rejected))
  }

  var promptCount: Int { Set(pairs.map(\.prompt)).count }

  /// The loss at the fitted temperature; nil without one.
  private var fittedLoss: Double? {
    calibration.temperature.map { Calibration.loss(pairs.map(\.lead), temperature: $0) }
  }

  // MARK: - For people

  var lines: [String] {
    [
      "held out     \(pairs.count) pairs of \(promptCount) prompts",
      "accuracy     \(text(accuracy.value)), 95% \(text(accuracy.low)) to \(text(accuracy.high)); "
        + "the longer response always: \(text(length.longerWins))",
      "by length    chosen longer \(text(length.longer)), shorter \(text(length.shorter)); "
        + "correlation of lead and length \(text(length.correlation))",
      "calibration  error \(text(calibration.error)), loss \(text(calibration.loss)); at temperature "
        + "\(text(calibration.temperature)) \(text(fittedLoss))",
      "rewards      mean \(text(rewards.mean)), deviation \(text(rewards.deviation)); chosen "
        + "\(text(chosen.mean)), rejected \(text(rejected.mean))",
    ]
  }

  private func text(_ value: Double?) -> String {
    value.map { String(format: "%.3f", $0) } ?? "none"
  }

  private func text(_ part: (pairs: Int, accuracy: Double?)) -> String {
    "\(text(part.accuracy)) of \(part.pairs)"
  }

  // MARK: - For programs

  /// A line `summary`, a line `bin` for each bin of the calibration, a line `pair` for each pair.
  var json: [JSON] { [summary] + calibration.bins.map(line) + pairs.map(line) }

  private var summary: JSON {
    [
      "kind": "summary", "pairs": .int(Int64(pairs.count)), "prompts": .int(Int64(promptCount)),
      "accuracy": [
        "value": .number(accuracy.value), "low": .number(accuracy.low),
        "high": .number(accuracy.high),
      ],
      "loss": .number(calibration.loss), "calibration_error": .number(calibration.error),
      "temperature": number(calibration.temperature), "loss_at_temperature": number(fittedLoss),
      "length": [
        "correlation": number(length.correlation), "longer_wins": .number(length.longerWins),
        "chosen_longer": part(length.longer), "chosen_shorter": part(length.shorter),
      ],
      "rewards": [
        "mean": .number(rewards.mean), "deviation": .number(rewards.deviation),
        "chosen": .number(chosen.mean), "rejected": .number(rejected.mean),
        "margin": .number(chosen.mean - rejected.mean),
      ],
    ]
  }

  private func line(_ bin: Calibration.Bin) -> JSON {
    [
      "kind": "bin", "low": .number(bin.low), "high": .number(bin.high),
      "pairs": .int(Int64(bin.pairs)),
      "confidence": number(bin.pairs > 0 ? bin.confidence : nil),
      "accuracy": number(bin.pairs > 0 ? bin.accuracy : nil),
    ]
  }

  private func line(_ pair: ScoredPair) -> JSON {
    [
      "kind": "pair", "place": .string(pair.place), "chosen": .number(pair.chosen),
      "rejected": .number(pair.rejected), "length_gap": .int(Int64(pair.lengthGap)),
    ]
  }

  private func part(_ part: (pairs: Int, accuracy: Double?)) -> JSON {
    ["pairs": .int(Int64(part.pairs)), "accuracy": number(part.accuracy)]
  }

  private func number(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
}
