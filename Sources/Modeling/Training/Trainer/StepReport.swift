/// What an update did.
public struct StepReport: Sendable, Equatable {
  /// Updates finished before this one: 0 for the first.
  public var step: Int
  public var totalSteps: Int
  /// Passes over the data after this update, fractional.
  public var epoch: Double
  public var loss: Double
  /// As used by this update; 0 in the first one of a warm-up.
  public var learningRate: Double
  /// Global norm of the gradient before clipping.
  public var gradientNorm: Double
  /// Tokens of all sequences of this update, prompts included.
  public var tokens: Int
  public var seconds: Double
  /// The objective's, as means over the update's rows.
  public var metrics: [Metric]

  public var tokensPerSecond: Double { seconds > 0 ? Double(tokens) / seconds : 0 }

  /// Everything for `metrics.jsonl`, in order: the trainer's numbers, then the objective's.
  public var allMetrics: [Metric] {
    [
      Metric("epoch", epoch), Metric("loss", loss), Metric("learning_rate", learningRate),
      Metric("grad_norm", gradientNorm), Metric("tokens_per_second", tokensPerSecond),
    ] + metrics
  }
}
