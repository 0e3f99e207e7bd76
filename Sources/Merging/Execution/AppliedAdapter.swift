/// A LoRA adapter on the weights of its base: W + scale · B · A, added row by row as the weights
/// are read, so that no adapted tensor is ever in memory whole.
struct AppliedAdapter: Sendable {
  private let adapter: AdapterDirectory
  private let pairs: [String: AdapterPair]
  private let replacements: [String: String]

  /// - Throws: `Problem` or `Problems` for an adapter that does not fit, or of a kind that is not
  ///   supported.
  init(_ path: String, to base: ShardedTensors) throws {
    adapter = try AdapterDirectory(path: path)
    guard !adapter.config.usesDoRA else {
      throw Problem(
        .badData, at: path, "the adapter uses DoRA, which is not supported in merges",
        expected: "a LoRA adapter")
    }
    try adapter.check(against: base)
    var (pairs, replacements): ([String: AdapterPair], [String: String]) = ([:], [:])
    var tiedHead: String?
    for pair in adapter.pairs {
      try Self.checkType(pair.a, adapter)
      try Self.checkType(pair.b, adapter)
      let weight = pair.module + ".weight"
      if let name = AdapterDirectory.storedName(of: weight, in: base) {
        pairs[name] = pair
      } else {
        tiedHead = weight
      }
    }
    for (name, stored) in adapter.replacements {
      try Self.checkType(stored, adapter)
      if let name = AdapterDirectory.storedName(of: name, in: base) {
        replacements[name] = stored
      } else {
        tiedHead = name
      }
    }
    // A head that the base ties comes twice; the embedding's part is what counts.
    let changed = Array(pairs.keys) + replacements.keys
    if let tiedHead, !changed.contains(where: { TensorPlace(name: $0).role == .embedding }) {
      throw Problem(
        .badData, at: path,
        "changes \(quoted(tiedHead)), which the base ties to its embedding, and not the embedding",
        hint: "give the base a head of its own first")
    }
    self.pairs = pairs
    self.replacements = replacements
  }

  private static func checkType(_ stored: String, _ adapter: AdapterDirectory) throws {
    let dtype = try adapter.tensor(stored).dtype
    guard [.f64, .f32, .bf16, .f16].contains(dtype) else {
      throw Problem(
        .badData, at: adapter.path, "tensor \(quoted(stored, limit: 200)) holds \(dtype) numbers",
        expected: "f64, f32, bf16 or f16")
    }
  }

  /// The values of `stored`, the base's tensor `name`, as the adapter changes them.
  func applied(to stored: Tensor, _ name: String) throws -> any VectorSource {
    if let replacement = replacements[name] { return try adapter.tensor(replacement) }
    guard let pair = pairs[name] else { return stored }
    let a = MergeSource(model: adapter.path, values: try adapter.tensor(pair.a)).tensor()
    let b = MergeSource(model: adapter.path, values: try adapter.tensor(pair.b)).tensor()
    // Rows of the stored weight are inputs where it is stored input-first, and in embeddings.
    let isTurned = adapter.config.fanInFanOut || pair.isEmbedding
    return AdaptedTensor(
      stored: stored, left: isTurned ? transposed(a) : b,
      right: isTurned ? transposed(b).copied() : a, scale: Float(pair.scale))
  }
}

/// stored + scale · left · right.
private struct AdaptedTensor: VectorSource {
  let stored: Tensor
  /// [rows, rank]
  let left: Tensor
  /// [rank, width], bytes of its own
  let right: Tensor
  let scale: Float

  var shape: [Int] { stored.shape }
  /// The adapter's part is no 16-bit number.
  var dtype: DType { stored.dtype }

  func read(from start: Int, into vector: Vector) {
    stored.read(from: start, into: vector)
    let (width, rank) = (stored.width, right.shape[0])
    let factors = left.rows(start / width..<(start + vector.count - 1) / width + 1).floats()
    var done = 0
    while done < vector.count {
      let (row, column) = ((start + done) / width, (start + done) % width)
      let length = min(width - column, vector.count - done)
      let part = vector[done..<done + length]
      for index in 0..<rank {
        let factor = scale * factors[(row - start / width) * rank + index]
        part.add(
          right.vector(index * width + column..<index * width + column + length), times: factor)
      }
      done += length
    }
  }
}
