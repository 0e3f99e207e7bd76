public import Kernels
internal import Formats

/// Writes the model at `path` as a folder with weights of another dtype; see `LoadedModel.save`.
/// The files beside the weights travel unread, so a folder without a tokenizer converts as well.
///
/// - Returns: The model that was read, for its warnings.
/// - Throws: `Problem` or `Problems` for what cannot be read or written.
@discardableResult
public func convertModel(
  at path: String, to directory: String, dtype: DType
) throws -> DecoderModel {
  if path.hasSuffix(".gguf") {
    let model = try LoadedModel.open(path)
    try model.save(to: directory, dtype: dtype)
    return model.decoder
  }
  let decoder = try DecoderModel.open(path)
  try decoder.save(
    to: directory, dtype: dtype, files: ModelFiles(directory: path), endTokens: [])
  return decoder
}

extension ModelSummary {
  /// The summary of the model at `path`, which may lack a tokenizer.
  public static func read(_ path: String) throws -> ModelSummary {
    if path.hasSuffix(".gguf") || fileExists("\(path)/tokenizer.json") {
      return try LoadedModel.open(path).summary
    }
    return try DecoderModel.open(path).summary
  }
}
