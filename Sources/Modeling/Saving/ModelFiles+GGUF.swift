internal import Formats
internal import Kernels
internal import Tokenizers

extension ModelFiles {
  /// The files that HF would have beside a GGUF file's weights.
  init(gguf file: GGUFFile, tokenizer: Tokenizer) throws {
    self.init()
    set("tokenizer.json", .vocabulary(file))
    var roles = JSONObject()
    for (role, token) in tokenizer.specialTokens.sorted(by: { $0.key < $1.key }) {
      roles[role] = .string(token)
    }
    var config: JSON = .object(roles)
    config["add_bos_token"] = .bool(tokenizer.addsBOS)
    config["add_eos_token"] = .bool(tokenizer.addsEOS)
    config["clean_up_tokenization_spaces"] = false
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    set("tokenizer_config.json", .text(config.serialized(pretty: true) + "\n"))
    set("special_tokens_map.json", .text(JSON.object(roles).serialized(pretty: true) + "\n"))
    if let template = tokenizer.chatTemplateSource { set("chat_template.jinja", .text(template)) }
  }
}

extension ContentHash {
  /// What a GGUF file says of its tokenizer.
  mutating func addVocabulary(of file: GGUFFile) {
    for key in file.metadataKeys where key.hasPrefix("tokenizer.") {
      add(key)
      switch file.metadata[key] {
      case .array(.string(let texts)): for text in texts { add(text) }
      case .array(.float32(let values)): values.withUnsafeBytes { add($0) }
      case .array(.int32(let values)): values.withUnsafeBytes { add($0) }
      case let value: add("\(value as Any)")
      }
    }
  }
}
