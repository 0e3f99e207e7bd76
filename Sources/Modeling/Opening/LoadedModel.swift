public import Formats
internal import Kernels
internal import Synchronization
public import Tokenizers

/// A decoder with its tokenizer, chat template and end tokens: everything needed to talk to it,
/// train it and write it again.
public final class LoadedModel: Sendable {
  public let decoder: DecoderModel
  public let tokenizer: Tokenizer
  /// nil for models that come without one; `chatPromptIDs` then writes plain turns.
  public let template: ChatTemplate?
  /// Ids that end an answer, ascending.
  public let endTokens: [Int32]
  /// Last part of the path it was opened from.
  public let name: String
  /// What is written beside the weights.
  let files: ModelFiles
  private let cachedIdentity = Mutex<String?>(nil)

  init(
    decoder: DecoderModel, tokenizer: Tokenizer, template: ChatTemplate?, endTokens: [Int32],
    name: String, files: ModelFiles
  ) {
    self.decoder = decoder
    self.tokenizer = tokenizer
    self.template = template
    self.endTokens = endTokens
    self.name = name
    self.files = files
  }

  /// Opens an HF directory or a `.gguf` file.
  ///
  /// - Throws: `Problem` or `Problems` with everything that is wrong.
  public static func open(_ path: String, options: OpenOptions = .init()) throws -> LoadedModel {
    if path.hasSuffix(".gguf") { return try open(gguf: path, options: options) }
    let decoder = try DecoderModel.open(directory: path, options: options)
    let tokenizer = try Tokenizer.load(directory: path)
    let files = try ModelFiles(directory: path)
    return try LoadedModel(
      decoder: decoder, tokenizer: tokenizer, files: files, path: path,
      endTokens: files.endTokens(path) ?? decoder.config.specialTokens.eos.map { Int32($0) })
  }

  private static func open(gguf path: String, options: OpenOptions) throws -> LoadedModel {
    let file = try GGUFFile(path: path)
    let decoder = try DecoderModel.open(gguf: file, options: options)
    let tokenizer = try Tokenizer.load(gguf: file)
    return try LoadedModel(
      decoder: decoder, tokenizer: tokenizer, files: ModelFiles(gguf: file, tokenizer: tokenizer),
      path: path, endTokens: ggufEndTokens(file, decoder.config, tokenizer))
  }

  convenience init(
    decoder: DecoderModel, tokenizer: Tokenizer, files: ModelFiles, path: String,
    endTokens: [Int32]
  ) throws {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let template = try tokenizer.chatTemplateSource.map {
      try ChatTemplate(source: $0, name: "\(path): chat template")
    }
    let ends = endTokens.isEmpty ? [tokenizer.eosID].compactMap { $0 } : endTokens
    self.init(
      decoder: decoder, tokenizer: tokenizer, template: template, endTokens: Set(ends).sorted(),
      name: name, files: files)
  }

  /// The same model with other weights.
  func with(_ decoder: DecoderModel) -> LoadedModel {
    LoadedModel(
      decoder: decoder, tokenizer: tokenizer, template: template, endTokens: endTokens,
      name: name, files: files)
  }

  /// A copy with f32 masters that take gradients; this model stays as it is.
  public func makeTrainable() -> LoadedModel { with(decoder.makeTrainable()) }

  /// Changes whenever the model may answer differently: a hash of weights, config, tokenizer and
  /// template, computed once. Reads every weight; ask only of models that are not in training.
  public var identity: String {
    cachedIdentity.withLock { cached in
      if let cached { return cached }
      let fresh = fingerprint()
      cached = fresh
      return fresh
    }
  }

  private func fingerprint() -> String {
    var hash = ContentHash()
    hash.add(decoder.configJSON.serialized(sortKeys: true))
    for (name, variable) in decoder.parameters {
      hash.add("\(name) \(variable.value.dtype) \(variable.value.shape)")
      variable.value.withBytes { hash.add($0) }
    }
    files.addTokenizer(to: &hash)
    hash.add("\(endTokens)")
    return hash.text
  }
}

/// llama.cpp ends an answer at these tokens, whatever the file says; so do chats with us.
private let endTokenNames: Set = [
  "<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|end|>", "<|endoftext|>", "<|end_of_text|>",
]

private func ggufEndTokens(
  _ file: GGUFFile, _ config: DecoderConfig, _ tokenizer: Tokenizer
) throws -> [Int32] {
  let stated = try ["eos", "eot", "eom"].compactMap {
    try file.int("tokenizer.ggml.\($0)_token_id")
  }
  let named = endTokenNames.sorted().compactMap { name in
    tokenizer.id(of: name).flatMap { tokenizer.isSpecial($0) ? Int($0) : nil }
  }
  return (stated + named).filter { 0 <= $0 && $0 < config.vocabularySize }.map { Int32($0) }
}
