public import Kernels

extension GGUFFile {
  /// Checks that the arrays of the vocabulary have the types and the one length they need and
  /// that special ids lie inside it. A file without a vocabulary passes.
  ///
  /// - Throws: `Problem` (65) that names the key.
  public func checkVocabulary() throws(Problem) {
    guard let tokens = try strings("tokenizer.ggml.tokens") else { return }
    let scores = try floats("tokenizer.ggml.scores")?.count
    let types = try ints("tokenizer.ggml.token_type")?.count
    _ = try strings("tokenizer.ggml.merges")
    for (key, count) in [("scores", scores), ("token_type", types)] {
      if let count, count != tokens.count {
        throw Problem(
          .badData, at: path,
          "metadata 'tokenizer.ggml.\(key)' has \(count) elements, the vocabulary \(tokens.count)")
      }
    }
    for key in metadataKeys where key.hasPrefix("tokenizer.ggml.") && key.hasSuffix("_token_id") {
      guard let id = try int(key) else { continue }
      // Writers store -1, also as 2^32 - 1, for "none".
      guard tokens.indices.contains(id) || id == -1 || id == Int(UInt32.max) else {
        throw Problem(
          .badData, at: path, "metadata \(quoted(key)) is \(id)",
          expected: "an id below \(tokens.count)")
      }
    }
  }
}
