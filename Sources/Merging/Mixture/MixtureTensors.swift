internal import PluginAPI

/// One tensor of the result: what it will be, and how to make it when its turn comes.
struct MixtureTensor {
  let description: TensorDescription
  let make: () throws -> Tensor
}

/// Every tensor of a mixture, made one at a time. Memory: the stacked experts of one layer.
struct MixtureTensors {
  let config: MixtureConfig
  let inputs: MixtureInputs
  let gates: [[[Float]]]
  /// Vectors of the shared expert's gate, one a layer; nil when it has none.
  let sharedGates: [[Float]]?
  let layout: MixtureLayout
  let dtype: DType
  let seed: UInt64

  private var architecture: MixtureArchitecture { inputs.architecture }
  private var decoder: DecoderConfig { inputs.base.config }

  var all: [MixtureTensor] {
    let dense = architecture.denseTensors(decoder).map { name, shape in
      tensor(name, shape) {
        inputs.base.shape(name) == nil
          ? Tensor(zeros: shape, dtype: dtype) : try inputs.base.tensor(name, as: dtype)
      }
    }
    return dense + decoder.layers.indices.flatMap(mlpTensors)
  }

  private func mlpTensors(layer: Int) -> [MixtureTensor] {
    let experts = architecture.isFused(layout) ? fused(layer) : separate(layer)
    return experts + [
      tensor(
        architecture.gateName(layer: layer, layout), [inputs.experts.count, decoder.width]
      ) { matrix(gates[layer]) }
    ] + sharedTensors(layer)
  }

  /// Gate rows above up rows, expert after expert.
  private func fused(_ layer: Int) -> [MixtureTensor] {
    [false, true].map { isDown in
      let parts: [ExpertPart] = isDown ? [.down] : [.gate, .up]
      let shape = parts[0].shape(decoder)
      let stacked = [inputs.experts.count, parts.count * shape[0], shape[1]]
      return tensor(architecture.fusedName(layer: layer, isDown: isDown), stacked) {
        let matrices = try inputs.experts.indices.flatMap { expert in
          try parts.map { try weights(ofExpert: expert).matrix($0, layer: layer) }
        }
        return Tensor.joined(matrices).reshaped(stacked)
      }
    }
  }

  private func separate(_ layer: Int) -> [MixtureTensor] {
    inputs.experts.indices.flatMap { expert in
      ExpertPart.allCases.map { part in
        tensor(
          architecture.expertName(part, expert: expert, layer: layer, layout),
          part.shape(decoder)
        ) { try weights(ofExpert: expert).matrix(part, layer: layer) }
      }
    }
  }

  private func sharedTensors(_ layer: Int) -> [MixtureTensor] {
    guard let model = inputs.shared, let expert = config.sharedExpert else { return [] }
    let weights = ExpertWeights(
      model: model, expert: expert, dtype: dtype, random: random(expert: inputs.experts.count))
    let matrices = ExpertPart.allCases.map { part in
      tensor(architecture.sharedName(part, layer: layer), part.shape(decoder)) {
        try weights.matrix(part, layer: layer)
      }
    }
    guard let sharedGates else { return matrices }
    return matrices + [
      tensor(architecture.sharedGateName(layer: layer), [1, decoder.width]) {
        matrix([sharedGates[layer]])
      }
    ]
  }

  private func weights(ofExpert index: Int) -> ExpertWeights {
    ExpertWeights(
      model: inputs.experts[index], expert: config.experts[index], dtype: dtype,
      random: random(expert: index))
  }

  private func random(expert: Int) -> CounterRNG {
    CounterRNG(seed: seed, stream: 0x4015E).substream(UInt64(expert))
  }

  private func matrix(_ rows: [[Float]]) -> Tensor {
    Tensor(rows.flatMap(\.self), shape: [rows.count, decoder.width]).converted(to: dtype)
  }

  private func tensor(
    _ name: String, _ shape: [Int], _ make: @escaping () throws -> Tensor
  ) -> MixtureTensor {
    MixtureTensor(
      description: TensorDescription(name: name, dtype: dtype, shape: shape), make: make)
  }
}

/// The matrices of one expert with its noise and scale.
struct ExpertWeights {
  let model: DenseModel
  let expert: MixtureConfig.Expert
  let dtype: DType
  let random: CounterRNG

  /// [out, in] in the type of the result. Computed in f32 and rounded once.
  func matrix(_ part: ExpertPart, layer: Int) throws -> Tensor {
    let name = part.denseName(layer: layer)
    let scale = part == .down ? expert.residualScale : nil
    let noise = expert.noiseScale.flatMap { $0 > 0 ? $0 : nil }
    guard scale != nil || noise != nil else { return try model.tensor(name, as: dtype) }
    var tensor = try model.tensor(name, as: .f32)
    if let noise {
      tensor = tensor.adding(normal(tensor, part, layer: layer), times: Float(noise))
    }
    if let scale { tensor = tensor.scaled(by: Float(scale)) }
    return tensor.converted(to: dtype)
  }

  /// N(0, 1) in the shape of `tensor`, element by element by its index.
  private func normal(_ tensor: Tensor, _ part: ExpertPart, layer: Int) -> Tensor {
    let own = random.substream(UInt64(3 * layer + part.rawValue))
    let rows = (0..<tensor.rows).map { _ in Slot([Float]()) }
    ThreadPool.shared.parallel(tensor.rows) { row in
      let start = row * tensor.width
      rows[row].value = (start..<start + tensor.width).map { Float(own.normal(UInt64($0))) }
    }
    return Tensor(rows.flatMap(\.value), shape: tensor.shape)
  }
}
