public import Kernels

/// How a training stage runs. Names and meanings as in transformers' TrainingArguments.
public struct TrainingSettings: Sendable, Equatable, Codable {
  public enum Schedule: String, Sendable, Codable, CaseIterable {
    case cosine, linear, constant
    case constantWithWarmup = "constant_with_warmup"
  }

  /// When the reference model runs. Both give the same losses but for f32 rounding.
  public enum ReferencePass: String, Sendable, Codable, CaseIterable {
    /// Before the first update, once a row: no second model in memory.
    case once
    /// In every update, beside the policy.
    case everyUpdate = "every_update"
  }

  public var epochs: Double = 1
  /// Rows an optimiser update.
  public var batchSize = 128
  /// Rows a forward pass; nil lets the trainer choose by memory.
  public var microBatchSize: Int?
  public var learningRate = 3e-7
  public var schedule = Schedule.cosine
  public var warmupRatio = 0.1
  /// Wins over `warmupRatio` when given.
  public var warmupSteps: Int?
  public var weightDecay = 0.0
  public var beta1 = 0.9
  public var beta2 = 0.999
  public var eps = 1e-8
  /// 0 switches clipping off.
  public var maxGradNorm = 1.0
  public var maxLength = 2048
  public var maxPromptLength = 1800
  public var shuffle = true
  /// Leave out the rows that do not fill the last update of an epoch.
  public var dropIncompleteBatch = false
  /// Updates between states the trainer saves by itself; 0 saves only when interrupted, and
  /// leaves it to whoever runs the trainer to save in between.
  public var saveSteps = 0
  /// Where the frozen reference's log-probabilities come from.
  public var reference = ReferencePass.once
  /// Recompute activations in the backward pass: less memory, a third more time.
  public var recompute = false
  /// Numbers of the trained weights on disk: f32, bf16 or f16. Training itself is in f32.
  public var dtype = DType.f32

  public init() {}
}
