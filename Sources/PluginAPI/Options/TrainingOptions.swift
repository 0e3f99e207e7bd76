/// The recipe's `train` keys, each optional: what is not written stays as it was. Strategies use
/// it for stages with settings of their own (`sft: {learning_rate: 7.0e-6}`).
public struct TrainingOptions: PluginOptions {
  @Setting("Passes over the data [1].", in: 0.0...10_000) public var epochs: Double?
  @Setting("Rows an optimiser update [128].", in: 1...1_000_000) public var batchSize: Int?
  @Setting("Rows a forward pass [chosen by the trainer].", in: 1...1_000_000)
  public var microBatchSize: Int?
  @Setting("Peak learning rate [3e-7].", in: 0.0...10) public var learningRate: Double?
  @Setting("Shape of the learning rate over the run [cosine].")
  public var schedule: TrainingSettings.Schedule?
  @Setting("Share of the updates that warm up [0.1].", in: 0.0...1) public var warmupRatio: Double?
  @Setting("Updates that warm up; wins over warmup_ratio.", in: 0...) public var warmupSteps: Int?
  @Setting("Decoupled weight decay, not on norms [0].", in: 0.0...10)
  public var weightDecay: Double?
  @Setting("AdamW's two decay rates [0.9, 0.999].") public var betas: [Double]?
  @Setting("AdamW's epsilon [1e-8].", in: 0.0...1) public var eps: Double?
  @Setting("Global gradient norm is clipped to this; 0 switches off [1].", in: 0.0...)
  public var maxGradNorm: Double?
  @Setting("Longest sequence, in tokens [2048].", in: 2...10_000_000) public var maxLength: Int?
  @Setting("Longest prompt where a sequence is too long [1800].", in: 1...10_000_000)
  public var maxPromptLength: Int?
  @Setting("False keeps file order in every epoch [true].") public var shuffle: Bool?
  @Setting("Leave out rows that do not fill the last update of an epoch [false].")
  public var dropLast: Bool?
  @Setting("Save the state every so many updates, besides by the clock [0: off].", in: 0...)
  public var saveSteps: Int?
  @Setting("Numbers of the trained weights on disk [f32].") public var dtype: WeightType?
  @Setting("What is trained [full].") public var method: TrainingMethod?
  @Setting("Recompute activations: less memory, a third more time [false].")
  public var recompute: Bool?

  public init() {}

  /// `settings` with every key that was written replaced. Throws where two values do not fit.
  public func applied(to settings: TrainingSettings) throws -> TrainingSettings {
    var result = settings
    if let epochs { result.epochs = epochs }
    if let batchSize { result.batchSize = batchSize }
    if let microBatchSize { result.microBatchSize = microBatchSize }
    if let learningRate { result.learningRate = learningRate }
    if let schedule { result.schedule = schedule }
    if let warmupRatio { result.warmupRatio = warmupRatio }
    if let warmupSteps { result.warmupSteps = warmupSteps }
    if let weightDecay { result.weightDecay = weightDecay }
    if let betas {
      guard betas.count == 2, betas.allSatisfy({ (0..<1).contains($0) }) else {
        throw OptionError("betas", betas, "must be two numbers in 0..<1")
      }
      result.beta1 = betas[0]
      result.beta2 = betas[1]
    }
    if let eps { result.eps = eps }
    if let maxGradNorm { result.maxGradNorm = maxGradNorm }
    if let maxLength { result.maxLength = maxLength }
    if let maxPromptLength { result.maxPromptLength = maxPromptLength }
    if let shuffle { result.shuffle = shuffle }
    if let dropLast { result.dropIncompleteBatch = dropLast }
    if let saveSteps { result.saveSteps = saveSteps }
    if let dtype { result.dtype = dtype.dtype }
    if let recompute { result.recompute = recompute }
    guard result.maxPromptLength < result.maxLength || maxPromptLength == nil else {
      throw OptionError("max_prompt_length", result.maxPromptLength, "must be below max_length")
    }
    return result
  }
}

extension TrainingSettings.Schedule: OptionChoice {}

/// Which weights a stage trains.
public enum TrainingMethod: String, OptionChoice { case full }

/// A type that weights can be written in.
public enum WeightType: String, OptionChoice {
  case f32, bf16, f16

  public var dtype: DType {
    switch self {
    case .f32: .f32
    case .bf16: .bf16
    case .f16: .f16
    }
  }
}
