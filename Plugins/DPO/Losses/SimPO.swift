import PluginAPI

// SimPO, arXiv 2405.14734 eq. 6: mean log-probs of the policy, no reference, target margin γ.
// p_w − p_l must exceed γ/β.

/// −(1 − ε) log σ(β(p_w − p_l − γ/β)) − ε log σ(−…).
func simpoLoss(_ pairs: PairBatch) -> PairResult {
  PairResult(
    slopes: leads(pairs).map {
      MarginLoss.sigmoid($0, beta: pairs.beta, smoothing: pairs.labelSmoothing)
    })
}

/// max(0, 1 − β(p_w − p_l − γ/β)).
func simpoHingeLoss(_ pairs: PairBatch) -> PairResult {
  PairResult(slopes: leads(pairs).map { MarginLoss.hinge($0, beta: pairs.beta) })
}

private func leads(_ pairs: PairBatch) -> [Double] {
  zip(pairs.policyChosen, pairs.policyRejected).map { $0 - $1 - pairs.gammaBetaRatio }
}
