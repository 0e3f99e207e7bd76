internal import Formats

/// A fine-tuned model and the base it came from, opened tensor by tensor.
struct ModelPair {
  let model: ShardedTensors
  let base: ShardedTensors
  /// Names of both sides' weights in the order of the model's files, what only the base has last.
  let names: [String]
  /// Where the token embedding is stored, nil when no tensor has a known name of one.
  let embedding: String?
  /// Neither side has a head of its own: both use the embedding.
  let headIsTied: Bool
  /// Projections are stored input-first.
  let isTransposed: Bool

  /// Last components of the modules that turn ids into vectors, and vectors into logits.
  static let embeddingNames = [
    "embed_tokens", "wte", "wpe", "embed_in", "word_embeddings", "tok_embeddings",
    "embed_positions", "position_embeddings", "token_type_embeddings",
  ]
  static let headNames = ["lm_head", "embed_out"]

  /// - Throws: `Problem` (65, 66) when a side cannot be opened.
  init(model: String, base: String) throws(Problem) {
    self.model = try ShardedTensors(directory: model)
    self.base = try ShardedTensors(directory: base)
    let (ours, theirs) = (self.model, self.base)
    names =
      ours.names.filter { Self.isWeight($0, in: ours) }
      + theirs.names.filter { ours.entry($0) == nil && Self.isWeight($0, in: theirs) }
    embedding = names.first { name in
      ["embed_tokens", "wte", "embed_in"].contains { name.hasSuffix("\($0).weight") }
    }
    let config = try JSON.parse(file: "\(model)/config.json")
    let heads = (Self.headNames + ["score"]).map { "\($0).weight" }
    headIsTied =
      !names.contains(where: heads.contains) && config["tie_word_embeddings"]?.bool != false
    isTransposed = ["gpt2", "openai-gpt"].contains(config["model_type"]?.string)
  }

  /// Every tensor that one side lacks or that has another shape there. Rows of embedding and head
  /// may differ in number where `rowsMayDiffer` says so of the module.
  func mismatches(rowsMayDiffer: (String) -> Bool) -> [Problem] {
    names.compactMap { name in
      guard let stored = shape(name, in: model) else { return missing(name, in: model, base) }
      guard let other = shape(name, in: base) else { return missing(name, in: base, model) }
      if stored == other { return nil }
      let module = moduleName(of: name)
      if rowsMayDiffer(module), stored.dropFirst() == other.dropFirst() { return nil }
      return Problem(
        .badData, at: model.directory,
        "tensor \(quoted(name, limit: 200)) has shape \(stored)",
        expected: "\(other), as in \(base.directory)")
    }
  }

  /// The shape of a weight, nil where a side lacks it.
  func shape(_ name: String, in side: ShardedTensors) -> [Int]? {
    side.entry(stored(name, in: side))?.shape
  }

  /// A weight of the fine-tuned model as stored.
  func tuned(_ name: String) throws(Problem) -> Tensor { try tensor(name, in: model) }

  /// A weight of the base as stored.
  func original(_ name: String) throws(Problem) -> Tensor { try tensor(name, in: base) }

  /// Model − base in the type both are stored in, or in f32 where those differ.
  func difference(_ name: String) throws(Problem) -> Tensor {
    let (ours, theirs) = (try tuned(name), try original(name))
    let type = ours.dtype == theirs.dtype ? ours.dtype : .f32
    if type == .f64 { return (Matrix(ours) - Matrix(theirs)).tensor(.f64, shape: ours.shape) }
    let minuend = try asWeight(ours, named: name, in: model.directory).converted(to: .f32)
    let subtrahend = try asWeight(theirs, named: name, in: base.directory).converted(to: .f32)
    return minuend.adding(subtrahend, times: -1).converted(to: type)
  }

  /// Whether both sides hold the same values.
  func isUnchanged(_ name: String) throws(Problem) -> Bool {
    guard shape(name, in: model) == shape(name, in: base) else { return false }
    return Matrix(try difference(name)).squaredNorm == 0
  }

  private func tensor(_ name: String, in side: ShardedTensors) throws(Problem) -> Tensor {
    let tensor = try side.tensor(stored(name, in: side))
    guard tensor.dtype.isFloatingPoint else {
      throw Problem(
        .badData, at: side.directory,
        "tensor \(quoted(name, limit: 200)) holds \(tensor.dtype) numbers",
        expected: "floating point",
        hint: "checkpoints of other quantisers (GPTQ, AWQ, bitsandbytes) must be dequantised first")
    }
    return tensor
  }

  /// The name under which a side stores a weight: a tied head is its embedding.
  private func stored(_ name: String, in side: ShardedTensors) -> String {
    guard side.entry(name) == nil, let embedding,
      Self.headNames.contains(where: { name == "\($0).weight" })
    else { return name }
    return embedding
  }

  private func missing(
    _ name: String, in side: ShardedTensors, _ other: ShardedTensors
  ) -> Problem {
    Problem(
      .badData, at: side.directory,
      "has no tensor \(quoted(name, limit: 200)), which \(other.directory) has",
      hint: "is this the base that the model was made from?")
  }

  /// Old checkpoints also hold masks and tables that nothing reads.
  private static func isWeight(_ name: String, in tensors: ShardedTensors) -> Bool {
    let isTable = name.hasSuffix("rotary_emb.inv_freq") || name.hasSuffix(".masked_bias")
    let isMask = name.hasSuffix(".bias") && (tensors.entry(name)?.shape.count ?? 0) > 2
    return !isTable && !isMask
  }
}

/// `model.norm` of `model.norm.weight`.
func moduleName(of tensor: String) -> String {
  tensor.lastIndex(of: ".").map { String(tensor[..<$0]) } ?? tensor
}

/// What follows the last point.
func lastComponent(of name: String) -> String {
  name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name
}
