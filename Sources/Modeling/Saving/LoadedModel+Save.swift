public import Kernels

extension LoadedModel {
  /// Writes a folder that transformers loads: config, weights, generation config, tokenizer and
  /// template. The folder appears whole or not at all.
  ///
  /// - Parameters:
  ///   - directory: Absent or empty.
  ///   - dtype: f32, bf16 or f16; all tensors get it.
  /// - Throws: `Problem` (73, 74) when it cannot be written.
  public func save(to directory: String, dtype: DType = .f32) throws {
    try decoder.save(to: directory, dtype: dtype, files: files, endTokens: endTokens)
  }
}
