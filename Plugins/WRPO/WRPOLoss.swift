import PluginAPI

/// What becomes of the log-ratios of source's, target's and rejected response.
enum WRPOLoss: String, OptionChoice {
  /// −log σ(βΔ) of the mixed winner: the paper's.
  case wrpo
  /// Mean of the DPO losses of the two winners: mixing outside the log-sigmoid.
  case sigmoid
  /// (Δ − 1/(2β))².
  case ipo
  /// −log σ(β(Δ − γ/β)) over mean log-probs of the policy, without a reference.
  case simpo

  /// Whether the paper's authors take means a token.
  var isUsuallyNormalised: Bool { self == .ipo || self == .simpo }

  /// The loss of a row and its derivatives by the three `values` (log-ratios, or mean log-probs
  /// for `simpo`); `chosen` is the mix of the first two.
  func evaluate(
    _ objective: WRPOObjective, _ values: [Double], chosen: Double, alpha: Double
  ) -> (Double, [Double]) {
    let (beta, smoothing) = (objective.beta, objective.labelSmoothing)
    let margin = chosen - values[2]
    let slope: Slope
    switch self {
    case .sigmoid:
      let source = MarginLoss.sigmoid(values[0] - values[2], beta: beta, smoothing: smoothing)
      let target = MarginLoss.sigmoid(values[1] - values[2], beta: beta, smoothing: smoothing)
      let (dSource, dTarget) = (source.derivative / 2, target.derivative / 2)
      return ((source.value + target.value) / 2, [dSource, dTarget, -dSource - dTarget])
    case .wrpo:
      slope = MarginLoss.sigmoid(margin, beta: beta, smoothing: smoothing)
    case .ipo:
      slope = MarginLoss.squared(margin, beta: beta)
    case .simpo:
      slope = MarginLoss.sigmoid(
        margin - objective.gammaBetaRatio, beta: beta, smoothing: smoothing)
    }
    let g = slope.derivative
    return (slope.value, [alpha * g, (1 - alpha) * g, -g])
  }
}
