import PluginAPI

/// (a_w − 1/(2β))² + (a_l + 1/(2β))². SPPO with hard labels, arXiv 2405.00675 eq. 4.7.
func sppoHardLoss(_ pairs: PairBatch) -> PairResult {
  PairResult(
    chosen: pairs.chosenRatios.map { MarginLoss.squared($0, beta: pairs.beta) },
    rejected: pairs.rejectedRatios.map {
      let mirrored = MarginLoss.squared(-$0, beta: pairs.beta)
      return Slope(mirrored.value, -mirrored.derivative)
    })
}
