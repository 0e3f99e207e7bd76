public import Formats
internal import Kernels

extension DecoderModel {
  /// A model with random weights, for training from scratch: norms are the identity, biases zero,
  /// everything else normal with deviation `initializer_range` of the config (0.02), what writes
  /// to the residual stream divided by sqrt(2 L) as GPT-2 does.
  ///
  /// - Parameters:
  ///   - json: A `config.json`.
  ///   - source: How messages name it.
  ///   - seed: Every weight follows from it, whatever the number of threads.
  public static func initialised(
    config json: JSON, source: String, seed: UInt64
  ) throws -> DecoderModel {
    let config = try DecoderConfig.read(json, source: source)
    let names = Family.of(config).names
    let specs = config.weightSpecs(names: names)
    let deviation = json["initializer_range"]?.double ?? 0.02
    let variables = specs.enumerated().map { index, spec in
      Variable(
        config.initialValue(
          spec, random: CounterRNG(seed: seed, stream: UInt64(index)), deviation: deviation),
        name: spec.uniqueName)
    }
    return DecoderModel(
      config: config, configJSON: json, names: names, specs: specs, variables: variables)
  }
}

extension DecoderConfig {
  fileprivate func initialValue(
    _ spec: WeightSpec, random: CounterRNG, deviation: Double
  ) -> Tensor {
    let tensor = Tensor(zeros: spec.shape)
    if spec.slot.isBias { return tensor }
    let values = tensor.floatPointer
    switch spec.slot.role {
    case .attentionNorm, .attentionOutputNorm, .mlpNorm, .mlpOutputNorm, .finalNorm, .queryNorm,
      .keyNorm:
      values.update(repeating: norm.hasUnitOffset ? 0 : 1, count: tensor.count)
    case .gatingScale: values.update(repeating: 1, count: tensor.count)
    case .objectiveTransform:
      for place in 0..<spec.shape[0] { values[place * spec.shape[0] + place] = 1 }
    default:
      let isResidual = spec.slot.role == .attentionOutput || spec.slot.role == .down
      let scale = isResidual ? deviation / Double(2 * layers.count).squareRoot() : deviation
      for index in 0..<tensor.count {
        values[index] = Float(scale * random.normal(UInt64(index)))
      }
    }
    return tensor
  }
}
