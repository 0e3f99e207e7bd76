/// The supervised stage: the recipe's `train` keys, with defaults of their own, and how rows are
/// made of responses.
public struct FineTuningOptions: PluginOptions {
  @Shared public var training = TrainingOptions()
  @Setting("Join samples into blocks of max_length tokens, as the paper's code does.")
  public var packing = false
  @Setting("Learn the prompts too, as the paper's code does.") public var promptLoss = false
  @Setting("Put a second BOS in front of templates that have one, as the paper's code does.")
  public var doubleBos = false

  public init() {}

  /// Settings of the stage: the recipe's, at the paper's SFT rate, changed by what is written
  /// here.
  public func settings(_ base: TrainingSettings) throws -> TrainingSettings {
    var settings = base
    settings.learningRate = 7e-6
    return try training.applied(to: settings)
  }
}
