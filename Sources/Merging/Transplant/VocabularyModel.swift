internal import PluginAPI

/// A model folder as a transplant sees it: a tokenizer, and the matrices that its ids index.
struct VocabularyModel {
  let folder: String
  let config: JSON
  let tensors: ShardedTensors
  let tokenizer: Tokenizer
  let embeddingName: String
  /// nil when the embedding is the head as well.
  let headName: String?

  /// - Throws: `Problem`: 66 for missing files, 65 for what is no Hugging Face folder with one
  ///   embedding.
  init(folder: String) throws {
    guard !folder.hasSuffix(".gguf") else {
      throw Problem(
        .badData, at: folder, "is a .gguf file", expected: "a Hugging Face folder",
        hint: "convert it first: crucible model convert \(folder) OUT")
    }
    self.folder = folder
    config = try JSON.parse(file: "\(folder)/config.json")
    tensors = try ShardedTensors(directory: folder)
    tokenizer = try Tokenizer.load(directory: folder)
    guard let embedding = try Self.matrix(Self.embeddingNames, in: tensors) else {
      throw Problem(
        .badData, at: folder, "has no token embedding",
        expected: "a tensor that ends in \(Self.embeddingNames.joined(separator: ", "))")
    }
    embeddingName = embedding
    let isTied =
      (config["tie_word_embeddings"] ?? config["text_config"]?["tie_word_embeddings"])
      == .bool(true)
    headName = isTied ? nil : try Self.matrix(Self.headNames, in: tensors)
  }

  private static let embeddingNames = ["embed_tokens.weight", "wte.weight", "embed_in.weight"]
  private static let headNames = ["lm_head.weight", "embed_out.weight"]

  /// Whether `name` is a stored head that nothing reads, since the model is tied.
  func isIdleHead(_ name: String) -> Bool {
    headName == nil && Self.headNames.contains { Self.ends(name, in: $0) }
  }

  /// The one matrix whose name ends in one of `names`; nil when there is none.
  private static func matrix(_ names: [String], in tensors: ShardedTensors) throws -> String? {
    let found = tensors.names.filter { name in names.contains { ends(name, in: $0) } }
    guard found.count <= 1 else {
      throw Problem(
        .badData, at: tensors.directory,
        "has several tensors that tokens index: "
          + found.map { quoted($0) }.joined(separator: ", "),
        expected: "one", hint: "models of several parts cannot be given another tokenizer")
    }
    guard let name = found.first else { return nil }
    guard let shape = tensors.entry(name)?.shape, shape.count == 2, !shape.contains(0) else {
      throw Problem(
        .badData, at: tensors.directory,
        "tensor \(quoted(name)) has shape \(tensors.entry(name)?.shape ?? [])",
        expected: "a matrix of one row a token")
    }
    return name
  }

  private static func ends(_ name: String, in ending: String) -> Bool {
    name == ending || name.hasSuffix("." + ending)
  }

  /// The matrix `name` as stored.
  ///
  /// - Throws: `Problem` (65) for types that cannot be computed with and written again.
  func matrix(_ name: String) throws -> Tensor {
    let tensor = try tensors.tensor(name)
    guard [.f32, .bf16, .f16].contains(tensor.dtype) else {
      throw Problem(
        .badData, at: folder, "tensor \(quoted(name)) holds \(tensor.dtype) numbers",
        expected: "F32, BF16 or F16", hint: "convert the model first: crucible model convert")
    }
    return tensor
  }
}
