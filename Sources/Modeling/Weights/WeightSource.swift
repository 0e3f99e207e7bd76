internal import Formats
internal import Kernels

/// A file or folder that holds the tensors of a model.
protocol WeightSource {
  /// How messages name it.
  var place: String { get }
  var tensorNames: [String] { get }
  /// What the source calls the tensor of `spec`.
  func storedName(_ spec: WeightSpec) -> String
  /// Its shape in the checkpoint's orientation, nil when it is absent.
  func shape(_ spec: WeightSpec) -> [Int]?
  /// The whole stored tensor in the checkpoint's orientation and row order, in its stored dtype
  /// where that can be viewed. Shapes were checked before.
  func tensor(_ spec: WeightSpec) throws -> Tensor
}

/// safetensors, one file or shards, in HF's naming.
struct CheckpointSource: WeightSource {
  let tensors: ShardedTensors
  let names: WeightNames

  init(_ tensors: ShardedTensors, names: WeightNames) {
    self.tensors = tensors
    self.names = names.fitted { tensors.entry($0) != nil }
  }

  var place: String { tensors.directory }
  var tensorNames: [String] { tensors.names }
  func storedName(_ spec: WeightSpec) -> String { spec.name }
  func shape(_ spec: WeightSpec) -> [Int]? { tensors.entry(spec.name)?.shape }
  func tensor(_ spec: WeightSpec) throws -> Tensor {
    try asWeight(tensors.tensor(spec.name), named: spec.name, in: place)
  }
}

extension WeightNames {
  /// The names with the prefix that the weights really have: checkpoints of bare models lack it.
  func fitted(_ hasTensor: (String) -> Bool) -> WeightNames {
    var names = self
    if let embedding = module(.embedding, layer: nil), !hasTensor(embedding + ".weight"),
      hasTensor(embedding.dropFirst(prefix.count) + ".weight")
    {
      names.prefix = ""
    }
    return names
  }
}

/// GGUF: other names, and some weights in another order or form.
struct GGUFSource: WeightSource {
  let file: GGUFFile
  let names: GGUFNames
  let config: DecoderConfig

  var place: String { file.path }
  var tensorNames: [String] { file.names }

  func storedName(_ spec: WeightSpec) -> String {
    names.module(spec.slot.role, layer: spec.slot.layer, isFused: spec.isFused)
      + (spec.slot.isBias ? ".bias" : ".weight")
  }

  func shape(_ spec: WeightSpec) -> [Int]? {
    guard let shape = file.entry(storedName(spec))?.shape else { return nil }
    return isTurned(spec) ? shape.reversed() : shape
  }

  private func isTurned(_ spec: WeightSpec) -> Bool { spec.isTransposed && names.isTransposed }

  func tensor(_ spec: WeightSpec) throws -> Tensor {
    let name = storedName(spec)
    let tensor = try asWeight(file.tensor(name), named: name, in: place)
    if isTurned(spec) { return transposed(dequantised(tensor)) }
    switch spec.slot.role {
    case .query where names.isRotaryPermuted:
      return unpermuted(tensor, heads: config.attention.heads)
    case .key where names.isRotaryPermuted:
      return unpermuted(tensor, heads: config.attention.kvHeads)
    case .attentionNorm, .attentionOutputNorm, .mlpNorm, .mlpOutputNorm, .queryNorm, .keyNorm,
      .finalNorm:
      return shifted(dequantised(tensor), by: -names.normOffset)
    default: return tensor
    }
  }

  private func shifted(_ tensor: Tensor, by offset: Float) -> Tensor {
    offset == 0 ? tensor : Tensor(tensor.floats().map { $0 + offset }, shape: tensor.shape)
  }
}
