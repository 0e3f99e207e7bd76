/// A value and its derivative.
public struct Slope: Sendable, Equatable {
  public var value: Double
  public var derivative: Double

  public init(_ value: Double, _ derivative: Double) {
    self.value = value
    self.derivative = derivative
  }
}

/// Losses of a margin Δ, the log-ratio by which the chosen response leads. Derivatives are d/dΔ.
public enum MarginLoss {
  /// −(1 − ε) log σ(βΔ) − ε log σ(−βΔ): DPO with label smoothing ε.
  public static func sigmoid(_ margin: Double, beta: Double, smoothing: Double = 0) -> Slope {
    let z = beta * margin
    let value = -(1 - smoothing) * logSigmoid(z) - smoothing * logSigmoid(-z)
    let slope = -(1 - smoothing) * Modeling.sigmoid(-z) + smoothing * Modeling.sigmoid(z)
    return Slope(value, beta * slope)
  }

  /// max(0, 1 − βΔ).
  public static func hinge(_ margin: Double, beta: Double) -> Slope {
    let value = 1 - beta * margin
    return value > 0 ? Slope(value, -beta) : Slope(0, 0)
  }

  /// (Δ − 1/(2β))²: IPO pulls the margin to a value instead of to infinity.
  public static func squared(_ margin: Double, beta: Double) -> Slope {
    let distance = margin - 1 / (2 * beta)
    return Slope(distance * distance, 2 * distance)
  }
}
