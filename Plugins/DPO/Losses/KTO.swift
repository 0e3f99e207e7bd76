import PluginAPI

/// KTO's value function over pairs, arXiv 2402.01306, as TRL 0.9 has it: 2B terms
///
///     1 − σ(β(a_w − KL_l))    1 − σ(β(KL_w − a_l))    KL = max(0, mean of a over the batch)
///
/// TRL lets gradients flow through both KL estimates, and so does this.
func ktoPairLoss(_ pairs: PairBatch) -> PairResult {
  let (chosen, rejected) = (pairs.chosenRatios, pairs.rejectedRatios)
  let count = Double(max(1, pairs.count))
  let chosenMean = chosen.reduce(0, +) / count
  let rejectedMean = rejected.reduce(0, +) / count
  let share = 1 / (2 * count)
  let winners = chosen.map { term($0 - max(0, rejectedMean), pairs.beta) }
  let losers = rejected.map { term(max(0, chosenMean) - $0, pairs.beta) }
  let intoRejectedMean = rejectedMean > 0 ? -winners.reduce(0) { $0 + $1.derivative } / count : 0
  let intoChosenMean = chosenMean > 0 ? losers.reduce(0) { $0 + $1.derivative } / count : 0
  return PairResult(
    losses: (winners + losers).map(\.value),
    dChosen: winners.map { ($0.derivative + intoChosenMean) * share },
    dRejected: losers.map { (-$0.derivative + intoRejectedMean) * share })
}

/// 1 − σ(βx).
private func term(_ x: Double, _ beta: Double) -> Slope {
  let z = beta * x
  return Slope(sigmoid(-z), -beta * sigmoid(z) * sigmoid(-z))
}
