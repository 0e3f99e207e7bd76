import PluginAPI

/// −(1 − ε) log σ(βΔ) − ε log σ(−βΔ). DPO, arXiv 2305.18290 eq. 7; label smoothing is
/// conservative DPO.
func sigmoidLoss(_ pairs: PairBatch) -> PairResult {
  PairResult(
    slopes: pairs.margins.map {
      MarginLoss.sigmoid($0, beta: pairs.beta, smoothing: pairs.labelSmoothing)
    })
}
