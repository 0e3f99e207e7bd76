import Foundation
import Merging

/// The tensors of a small checkpoint, written where a test wants them.
struct TinyCheckpoint {
  var tensors: [(name: String, tensor: Tensor)]
  var config: JSON = ["model_type": "llama", "tie_word_embeddings": false]

  subscript(name: String) -> Tensor? {
    get { tensors.first { $0.name == name }?.tensor }
    set {
      tensors.removeAll { $0.name == name }
      if let newValue { tensors.append((name, newValue)) }
    }
  }

  /// Two layers with projections q_proj [12, 10] and down_proj [10, 14], norms, embedding, head.
  static func llama(seed: UInt64 = 1, dtype: DType = .f32) -> TinyCheckpoint {
    var shapes: [(String, [Int])] = [("model.embed_tokens.weight", [20, 10])]
    for layer in 0..<2 {
      shapes.append(("model.layers.\(layer).self_attn.q_proj.weight", [12, 10]))
      shapes.append(("model.layers.\(layer).mlp.down_proj.weight", [10, 14]))
      shapes.append(("model.layers.\(layer).input_layernorm.weight", [10]))
    }
    shapes += [("model.norm.weight", [10]), ("lm_head.weight", [20, 10])]
    return TinyCheckpoint(
      tensors: shapes.enumerated().map { index, tensor in
        (tensor.0, normal(tensor.1, seed: seed, index: index).converted(to: dtype))
      })
  }

  /// Adds a change of rank `rank` to every matrix that `takes` names, and 0.1 to every norm.
  func tuned(
    rank: Int, seed: UInt64 = 7, takes: (String) -> Bool = { $0.contains("_proj") }
  ) -> TinyCheckpoint {
    var copy = self
    for (index, (name, tensor)) in tensors.enumerated() {
      if tensor.shape.count == 2, takes(name) {
        let left = Self.normal([tensor.shape[0], rank], seed: seed, index: index)
        let right = Self.normal([rank, tensor.shape[1]], seed: seed + 1, index: index)
        let change = Matrix(left).times(Matrix(right)) * 0.1
        copy.tensors[index].tensor = (Matrix(tensor) + change).tensor(tensor.dtype)
      } else if tensor.shape.count == 1 {
        let raised = Matrix(tensor).values.map { Float($0 + 0.1) }
        copy.tensors[index].tensor = Tensor(raised, shape: tensor.shape)
          .converted(to: tensor.dtype)
      }
    }
    return copy
  }

  /// Writes config and weights into `folder`/`name` and gives that path.
  @discardableResult
  func write(_ name: String, in folder: ScratchFolder) throws -> String {
    let path = folder.path(name)
    try makeDirectories(path)
    try SafetensorsWriter.write(tensors, to: "\(path)/model.safetensors")
    try writeAtomically(path: "\(path)/config.json", text: config.serialized())
    return path
  }

  static func normal(_ shape: [Int], seed: UInt64, index: Int) -> Tensor {
    let rng = CounterRNG(seed: seed, stream: UInt64(index))
    return Tensor(
      (0..<shape.reduce(1, *)).map { Float(rng.normal(UInt64($0))) }, shape: shape)
  }
}

/// A folder of its own for one test, removed with it.
final class ScratchFolder {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("extraction-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Names of what lies in it, sorted.
  func names(in name: String = "") throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
  }
}

/// B·A·scale of every pair by the name of its module, as it is added to the weight.
func products(of adapter: AdapterDirectory) throws -> [String: Matrix] {
  var products: [String: Matrix] = [:]
  for pair in adapter.pairs {
    let product = Matrix(try adapter.tensor(pair.b)).times(Matrix(try adapter.tensor(pair.a)))
    let isFlipped = pair.isEmbedding || adapter.config.fanInFanOut
    products[pair.module] = (isFlipped ? product.transposed : product) * pair.scale
  }
  return products
}

/// What the base becomes with the adapter, by names of tensors.
func applying(
  _ adapter: AdapterDirectory, to base: TinyCheckpoint
) throws -> [String: Matrix] {
  var result = Dictionary(uniqueKeysWithValues: base.tensors.map { ($0.name, Matrix($0.tensor)) })
  for (module, product) in try products(of: adapter) {
    if let weight = result["\(module).weight"] { result["\(module).weight"] = weight + product }
  }
  for (name, stored) in adapter.replacements { result[name] = Matrix(try adapter.tensor(stored)) }
  return result
}
