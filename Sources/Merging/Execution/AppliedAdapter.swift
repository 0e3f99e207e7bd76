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
    // A head that the base ties comes twice; the embedding's part is what counts.
    var (pairs, replacements): ([String: AdapterPair], [String: String]) = ([:], [:])
    for pair in adapter.pairs {
      if let name = AdapterDirectory.storedName(of: pair.module + ".weight", in: base) {
        pairs[name] = pair
      }
    }
    for (name, stored) in adapter.replacements {
      if let name = AdapterDirectory.storedName(of: name, in: base) { replacements[name] = stored }
    }
    self.pairs = pairs
    self.replacements = replacements
  }

  /// The values of `stored`, the base's tensor `name`, as the adapter changes them.
  func applied(to stored: Tensor, _ name: String) throws -> any VectorSource {
    if let replacement = replacements[name] { return try adapter.tensor(replacement) }
    guard let pair = pairs[name] else { return stored }
    let a = try adapter.tensor(pair.a).converted(to: .f32)
    let b = try adapter.tensor(pair.b).converted(to: .f32)
    // Rows of the stored weight are inputs where it is stored input-first, and in embeddings.
    let isTurned = adapter.config.fanInFanOut || pair.isEmbedding
    return AdaptedTensor(
      stored: stored, left: isTurned ? transposed(a) : b,
      right: isTurned ? transposed(b).copied() : a.copied(), scale: Float(pair.scale))
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
