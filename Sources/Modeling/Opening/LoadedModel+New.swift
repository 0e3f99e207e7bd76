public import Formats
internal import Kernels
public import Tokenizers

/// Which of a new tokenizer's special tokens stand for what.
public struct TokenRoles: Sendable, Equatable {
  public var bos: String?
  public var eos: String?
  public var pad: String?

  public init(bos: String? = nil, eos: String? = nil, pad: String? = nil) {
    self.bos = bos
    self.eos = eos
    self.pad = pad
  }
}

extension LoadedModel {
  /// A model with random weights and a tokenizer of its own, to be trained and saved.
  ///
  /// - Parameters:
  ///   - config: A `config.json`. Vocabulary size and token ids are replaced by the tokenizer's.
  ///   - source: How messages name it.
  ///   - trainer: Makes the tokenizer.
  ///   - texts: What it learns from.
  ///   - roles: Each must be one of the trainer's special tokens.
  ///   - template: Jinja source of the chat template.
  ///   - seed: Every weight follows from it.
  public static func new(
    config: JSON, source: String, trainer: TokenizerTrainer, texts: some Sequence<String>,
    roles: TokenRoles, template: String?, seed: UInt64
  ) throws -> LoadedModel {
    let json = try trainer.train(texts)
    let tokenizerConfig = TokenizerTrainer.configuration(
      bos: roles.bos, eos: roles.eos, pad: roles.pad)
    let tokenizer = try Tokenizer.load(
      json: json, config: tokenizerConfig, chatTemplate: template)
    var config = config
    config["vocab_size"] = .int(Int64(tokenizer.vocabularySize))
    for (key, token) in [("bos", roles.bos), ("eos", roles.eos), ("pad", roles.pad)] {
      config["\(key)_token_id"] = try token.map { try id(of: $0, tokenizer, source) } ?? .null
    }
    var files = ModelFiles()
    files.set("tokenizer.json", .text(json.serialized() + "\n"))
    files.set("tokenizer_config.json", .text(tokenizerConfig.serialized(pretty: true) + "\n"))
    if let template { files.set("chat_template.jinja", .text(template)) }
    let decoder = try DecoderModel.initialised(config: config, source: source, seed: seed)
    return try LoadedModel(
      decoder: decoder, tokenizer: tokenizer, files: files, path: source,
      endTokens: decoder.config.specialTokens.eos.map { Int32($0) })
  }

  private static func id(
    of token: String, _ tokenizer: Tokenizer, _ source: String
  ) throws -> JSON {
    guard let id = tokenizer.id(of: token) else {
      throw Problem(
        .badConfiguration, at: source, "the new tokenizer has no token \(quoted(token))",
        expected: "one of its special tokens")
    }
    return .int(Int64(id))
  }
}
