import PluginAPI

/// (Δ − 1/(2β))². IPO, arXiv 2310.12036 eq. 17. TRL took sums of log-probs before 0.11 (`ipo`)
/// and means since (`ipo_avg`), which the authors recommend.
func ipoLoss(_ pairs: PairBatch) -> PairResult {
  PairResult(slopes: pairs.margins.map { MarginLoss.squared($0, beta: pairs.beta) })
}
