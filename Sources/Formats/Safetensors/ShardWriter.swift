public import Kernels

/// Writes tensors into a folder as `transformers` does: one `model.safetensors` when they fit a
/// shard, else `model-00001-of-0000N.safetensors` with `model.safetensors.index.json`.
public enum ShardWriter {
  /// What users expect of a shard.
  public static let usualShardBytes = 5_000_000_000

  /// - Parameters:
  ///   - tensor: Called once for every description, shard by shard; must have that type and shape.
  ///   - shardBytes: The most data of one file, unless a single tensor is larger.
  /// - Throws: `Problem` when a file cannot be written, and whatever `tensor` throws.
  public static func write(
    _ tensors: [TensorDescription], to directory: String, stem: String = "model",
    shardBytes: Int = usualShardBytes, metadata: [String: String] = ["format": "pt"],
    tensor: (TensorDescription) throws -> Tensor
  ) throws {
    let shards = divided(tensors, shardBytes: shardBytes)
    var weightMap = JSONObject()
    for (index, shard) in shards.enumerated() {
      let name = fileName(stem, index, of: shards.count)
      let writer = try SafetensorsWriter(
        path: "\(directory)/\(name)", tensors: shard, metadata: metadata)
      for description in writer.descriptions { try writer.append(tensor(description)) }
      try writer.finish()
      for description in shard { weightMap[description.name] = .string(name) }
    }
    guard shards.count > 1 else { return }
    try writeIndex(weightMap, of: tensors, to: directory, stem: stem)
  }

  /// The files that `tensors` are divided into, by name.
  package static func shards(
    _ tensors: [TensorDescription], stem: String = "model", shardBytes: Int = usualShardBytes
  ) -> [(name: String, tensors: [TensorDescription])] {
    let shards = divided(tensors, shardBytes: shardBytes)
    return shards.enumerated().map { (fileName(stem, $0, of: shards.count), $1) }
  }

  /// Writes `STEM.safetensors.index.json`: which tensor lies in which file.
  package static func writeIndex(
    _ weightMap: JSONObject, of tensors: [TensorDescription], to directory: String,
    stem: String = "model"
  ) throws(Problem) {
    let total = tensors.reduce(0) { $0 + $1.byteCount }
    let index: JSON = [
      "metadata": ["total_size": .int(Int64(total))], "weight_map": .object(weightMap),
    ]
    try writeAtomically(
      path: "\(directory)/\(stem).safetensors.index.json",
      text: index.serialized(pretty: true) + "\n")
  }

  /// Consecutive groups of at most `shardBytes`; always one at least.
  private static func divided(
    _ tensors: [TensorDescription], shardBytes: Int
  ) -> [[TensorDescription]] {
    var shards: [[TensorDescription]] = [[]]
    var filled = 0
    for tensor in tensors {
      if filled > 0, filled + tensor.byteCount > shardBytes {
        shards.append([])
        filled = 0
      }
      shards[shards.count - 1].append(tensor)
      filled += tensor.byteCount
    }
    return shards
  }

  private static func fileName(_ stem: String, _ index: Int, of count: Int) -> String {
    if count == 1 { return "\(stem).safetensors" }
    func padded(_ number: Int) -> String {
      let digits = String(number)
      return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }
    return "\(stem)-\(padded(index + 1))-of-\(padded(count)).safetensors"
  }
}
