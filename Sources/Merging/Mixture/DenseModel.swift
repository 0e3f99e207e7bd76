internal import PluginAPI

/// A dense model as an input of a mixture.
struct DenseModel {
  /// As the config names it.
  let reference: String
  let folder: String
  let json: JSON
  let config: DecoderConfig
  let tensors: ShardedTensors

  /// - Throws: `Problem` or `Problems` for what is no Hugging Face folder of a known family.
  init(reference: String, folder: String) throws {
    self.reference = reference
    self.folder = folder
    guard !folder.hasSuffix(".gguf") else {
      throw Problem(
        .badData, at: folder, "is a .gguf file", expected: "a Hugging Face folder",
        hint: "convert it first: crucible model convert \(folder) OUT")
    }
    let path = "\(folder)/config.json"
    json = try JSON.parse(file: path)
    tensors = try ShardedTensors(directory: folder)
    config = try DecoderConfig.read(json, source: path, tensorCount: tensors.names.count)
  }

  /// Checkpoints of bare models leave out the first part of all names.
  private func storedName(_ name: String) -> String {
    if tensors.entry(name) != nil || !name.hasPrefix("model.") { return name }
    return String(name.dropFirst("model.".count))
  }

  /// Shape of the tensor with this full name, nil when there is none.
  func shape(_ name: String) -> [Int]? { tensors.entry(storedName(name))?.shape }

  /// The tensor with this full name as `dtype`.
  func tensor(_ name: String, as dtype: DType) throws -> Tensor {
    let stored = try tensors.tensor(storedName(name))
    return try asWeight(stored, named: name, in: folder).converted(to: dtype)
  }

  /// The type of written weights where nobody asks for one: what the config says, else what the
  /// embedding is stored as.
  var usualType: DType {
    let stated = (json["dtype"] ?? json["torch_dtype"])?.string.flatMap { MixtureDType.named($0) }
    let stored = tensors.entry(storedName("model.embed_tokens.weight"))?.dtype
    return stated ?? (stored == .bf16 || stored == .f16 ? stored : nil) ?? .f32
  }
}
