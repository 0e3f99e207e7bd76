import PluginAPI

/// max(0, 1 − βΔ). SLiC, arXiv 2305.10425, with RSO's normalisation (2309.06657).
func hingeLoss(_ pairs: PairBatch) -> PairResult {
  PairResult(slopes: pairs.margins.map { MarginLoss.hinge($0, beta: pairs.beta) })
}
