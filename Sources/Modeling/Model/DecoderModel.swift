public import Formats
public import Kernels

/// The one configurable decoder: a config and the weights it names.
///
/// Opened weights are views of the mapped files in their stored dtype, for inference.
/// `makeTrainable()` gives a copy with f32 masters. Used from one thread at a time; compute runs
/// on the core's pool.
public final class DecoderModel: Sendable {
  public let config: DecoderConfig
  /// The config as the source had it (made from metadata for GGUF): what `save` writes again.
  public let configJSON: JSON
  /// Oddities met while opening, one line each.
  public let warnings: [String]
  let names: WeightNames
  let specs: [WeightSpec]
  let variables: [Variable]
  let weights: DecoderWeights
  let ropeTables: RopeTables

  init(
    config: DecoderConfig, configJSON: JSON, names: WeightNames, specs: [WeightSpec],
    variables: [Variable], warnings: [String] = []
  ) {
    self.config = config
    self.configJSON = configJSON
    self.names = names
    self.specs = specs
    self.variables = variables
    self.warnings = warnings
    weights = DecoderWeights(config: config, specs: specs, variables: variables)
    ropeTables = RopeTables(config.ropes)
  }

  /// Every weight once, in a fixed order, by its name in the checkpoint. The parts of a fused
  /// projection are weights of their own, named `c_attn.weight#query`.
  public var parameters: [(name: String, variable: Variable)] {
    zip(specs, variables).map { ($0.uniqueName, $1) }
  }

  /// Number of values in all weights; a tied head counts once.
  public var parameterCount: Int { variables.reduce(0) { $0 + $1.value.count } }

  /// The output head [V, C], the token embedding itself when tied.
  public var head: Variable {
    guard let head = weights.head else { preconditionFailure("a classifier has no token head") }
    return head
  }

  public var isClassifier: Bool { config.output != .tokens }

  /// A copy with f32 masters that take gradients. This model keeps its own weights, so it can
  /// serve as the frozen reference. Memory: 4 bytes a parameter.
  public func makeTrainable() -> DecoderModel {
    copy(requiresGradient: true)
  }

  /// An independent f32 copy without gradients: a snapshot of a model in training.
  public func snapshot() -> DecoderModel { copy(requiresGradient: false) }

  private func copy(requiresGradient: Bool) -> DecoderModel {
    let masters = zip(specs, variables).map { spec, variable in
      Variable(
        ownedFloats(variable.value), name: spec.uniqueName, requiresGradient: requiresGradient)
    }
    return DecoderModel(
      config: config, configJSON: configJSON, names: names, specs: specs, variables: masters,
      warnings: warnings)
  }
}

/// The f32 values in memory of their own.
private func ownedFloats(_ tensor: Tensor) -> Tensor {
  if tensor.dtype != .f32 { return dequantised(tensor) }
  let copy = Tensor(zeros: tensor.shape)
  copy.floatPointer.update(from: tensor.floatPointer, count: tensor.count)
  return copy
}
