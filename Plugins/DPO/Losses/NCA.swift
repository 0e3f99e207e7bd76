import PluginAPI

/// −log σ(r_w) − ½ log σ(−r_w) − ½ log σ(−r_l), r = βa. Noise contrastive alignment for pairs,
/// arXiv 2402.05369 eq. 10: the chosen response cannot fall only because the rejected falls more.
func ncaPairLoss(_ pairs: PairBatch) -> PairResult {
  let beta = pairs.beta
  return PairResult(
    chosen: pairs.chosenRatios.map { ratio in
      let z = beta * ratio
      return Slope(
        -logSigmoid(z) - 0.5 * logSigmoid(-z), beta * (0.5 * sigmoid(z) - sigmoid(-z)))
    },
    rejected: pairs.rejectedRatios.map { ratio in
      let z = beta * ratio
      return Slope(-0.5 * logSigmoid(-z), beta * 0.5 * sigmoid(z))
    })
}
