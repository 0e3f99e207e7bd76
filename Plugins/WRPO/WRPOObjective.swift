import PluginAPI

/// The WRPO loss (arXiv 2412.03187, eq. 6) over rows of source's, target's and rejected response:
///
///     Δ = α·a_s + (1 − α)·a_t − a_l        a = log π − log π_ref of a response
///     L = −(1 − ε)·log σ(βΔ) − ε·log σ(−βΔ)
///
/// and its relatives. The three gradients of a row always sum to zero (before length
/// normalisation), so nothing is gained by moving all responses together.
struct WRPOObjective: SequenceObjective {
  let loss: WRPOLoss
  let beta: Double
  let alpha: AlphaSchedule
  let labelSmoothing: Double
  /// Divide each response's log-ratio by its number of tokens.
  let isLengthNormalised: Bool
  /// SimPO's target margin over beta.
  let gammaBetaRatio: Double

  let sequencesPerRow = 3
  var needsReference: Bool { loss != .simpo }

  func evaluate(_ batch: ObjectiveBatch) -> ObjectiveResult {
    let alpha = alpha.alpha(batch.progress)
    let items = (0..<batch.rowCount).map { item($0, batch, alpha: alpha) }
    let share = 1 / Double(max(1, batch.updateRows))
    return ObjectiveResult(
      loss: items.reduce(0) { $0 + $1.loss } * share,
      dPolicy: items.map { $0.gradient.map { $0 * share } },
      metrics: metrics(items, batch, alpha: alpha))
  }

  /// A row: its loss, d(loss)/d(log π) and the quantities worth logging.
  struct Item {
    var loss: Double
    var gradient: [Double]
    /// β·a of source's, target's and rejected response.
    var rewards: [Double]
    /// β times the mix of the two winners (halves for the two-pair loss, which knows no alpha).
    var chosenReward: Double
  }

  private func item(_ row: Int, _ batch: ObjectiveBatch, alpha: Double) -> Item {
    let scales = (0..<3).map { sequence in
      isLengthNormalised ? 1 / Double(max(1, batch.tokenCounts[row][sequence])) : 1
    }
    let values = (0..<3).map { sequence in
      scales[sequence]
        * (needsReference ? batch.logRatio(row, sequence) : batch.policy[row][sequence])
    }
    let chosen = mix(values[0], values[1], loss == .sigmoid ? 0.5 : alpha)
    let (value, slopes) = loss.evaluate(self, values, chosen: chosen, alpha: alpha)
    return Item(
      loss: value, gradient: zip(slopes, scales).map { $0 * $1 }, rewards: values.map { beta * $0 },
      chosenReward: beta * chosen)
  }

  /// α·source + (1 − α)·target, where a weight of 0 removes its response altogether.
  private func mix(_ source: Double, _ target: Double, _ alpha: Double) -> Double {
    (alpha == 0 ? 0 : alpha * source) + (alpha == 1 ? 0 : (1 - alpha) * target)
  }

  private func metrics(_ items: [Item], _ batch: ObjectiveBatch, alpha: Double) -> [Metric] {
    func beats(_ winner: (Item) -> Double) -> [Bool] { items.map { winner($0) > $0.rewards[2] } }
    return [
      Metric("cur_alpha", alpha),
      Metric("rewards/chosen", meanOf: items.map(\.chosenReward)),
      Metric("rewards/source_chosen", meanOf: items.map { $0.rewards[0] }),
      Metric("rewards/target_chosen", meanOf: items.map { $0.rewards[1] }),
      Metric("rewards/rejected", meanOf: items.map { $0.rewards[2] }),
      Metric("rewards/margins", meanOf: items.map { $0.chosenReward - $0.rewards[2] }),
      Metric("rewards/accuracies", shareOf: beats { $0.chosenReward }),
      Metric("rewards/source_accuracies", shareOf: beats { $0.rewards[0] }),
      // Row by row; the authors' code compares every row with every other here.
      Metric("rewards/pivot_accuracies", shareOf: beats { $0.rewards[1] }),
      Metric("logps/source_chosen", meanOf: batch.policy.map { $0[0] }),
      Metric("logps/target_chosen", meanOf: batch.policy.map { $0[1] }),
      Metric("logps/rejected", meanOf: batch.policy.map { $0[2] }),
    ]
  }
}
