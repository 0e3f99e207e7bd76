import PluginAPI

// Alignment by optimal transport, arXiv 2406.05882: the sorted values of the batch are compared
// place by place, so that the whole distribution of winners must lead that of losers.

/// Sorted ratios of the chosen against sorted ratios of the rejected responses.
func aotPairLoss(_ pairs: PairBatch) -> PairResult {
  let (chosen, rejected) = (pairs.chosenRatios, pairs.rejectedRatios)
  let (chosenOrder, rejectedOrder) = (ascending(chosen), ascending(rejected))
  var result = zeroResult(pairs)
  for place in chosen.indices {
    let (winner, loser) = (chosenOrder[place], rejectedOrder[place])
    let slope = quantileLoss(chosen[winner] - rejected[loser], pairs)
    result.losses[place] = slope.value
    result.dChosen[winner] += slope.derivative / Double(pairs.count)
    result.dRejected[loser] -= slope.derivative / Double(pairs.count)
  }
  return result
}

/// Sorted leads of the policy against sorted leads of the reference.
func aotLoss(_ pairs: PairBatch) -> PairResult {
  let policy = zip(pairs.policyChosen, pairs.policyRejected).map { $0 - $1 }
  let reference = zip(pairs.referenceChosen, pairs.referenceRejected).map { $0 - $1 }
  let (policyOrder, referenceOrder) = (ascending(policy), ascending(reference))
  var result = zeroResult(pairs)
  for place in policy.indices {
    let pair = policyOrder[place]
    let slope = quantileLoss(policy[pair] - reference[referenceOrder[place]], pairs)
    result.losses[place] = slope.value
    result.dChosen[pair] += slope.derivative / Double(pairs.count)
    result.dRejected[pair] -= slope.derivative / Double(pairs.count)
  }
  return result
}

private func quantileLoss(_ lead: Double, _ pairs: PairBatch) -> Slope {
  MarginLoss.sigmoid(lead, beta: pairs.beta, smoothing: pairs.labelSmoothing)
}

/// Indices from the smallest value to the largest, equal ones in batch order.
private func ascending(_ values: [Double]) -> [Int] {
  values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
}

private func zeroResult(_ pairs: PairBatch) -> PairResult {
  let zeros = [Double](repeating: 0, count: pairs.count)
  return PairResult(losses: zeros, dChosen: zeros, dRejected: zeros)
}
