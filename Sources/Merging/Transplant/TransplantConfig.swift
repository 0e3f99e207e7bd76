internal import PluginAPI

/// What config files say of the vocabulary, rewritten for another one.
struct TransplantConfig {
  let model: VocabularyModel
  let donor: VocabularyModel
  /// Rows of the new matrices.
  let rows: Int

  /// The model's config.json with the size and special ids of the donor's vocabulary.
  var config: JSON {
    var json = model.config
    if json["vocab_size"] != nil || json["text_config"]?["vocab_size"] == nil {
      json["vocab_size"] = .int(Int64(rows))
    }
    setIDs(&json, from: donor.config)
    if var text = json["text_config"], text.object != nil {
      if text["vocab_size"] != nil { text["vocab_size"] = .int(Int64(rows)) }
      for key in Self.roles.map(\.key) where text[key] != nil { text[key] = json[key] ?? .null }
      json["text_config"] = text
    }
    return json
  }

  /// The model's generation config with the donor's ids; nil when neither has one.
  func generationConfig() throws -> JSON? {
    let own = try Self.generationConfig(model.folder)
    let donors = try Self.generationConfig(donor.folder)
    guard own != nil || donors != nil else { return nil }
    var json = own ?? ["_from_model_config": true]
    setIDs(&json, from: donors ?? donor.config)
    return json
  }

  private static let roles = ["bos", "eos", "pad", "unk", "mask", "sep", "cls"].map {
    (key: "\($0)_token_id", role: "\($0)_token")
  }
  /// Keys whose absence would mean an id of the model's old vocabulary.
  private static let alwaysWritten: Set = ["bos_token_id", "eos_token_id", "pad_token_id"]

  private func setIDs(_ json: inout JSON, from source: JSON) {
    for (key, role) in Self.roles {
      let named = donor.tokenizer.specialTokens[role].flatMap { donor.tokenizer.id(of: $0) }
      if let value = source[key] ?? source["text_config"]?[key] {
        json[key] = value
      } else if let named, Self.alwaysWritten.contains(key) || json[key] != nil {
        json[key] = .int(Int64(named))
      } else if json[key] != nil || Self.alwaysWritten.contains(key) {
        json[key] = .null
      }
    }
  }

  private static func generationConfig(_ folder: String) throws -> JSON? {
    let path = "\(folder)/\(ModelFolder.generationName)"
    // Not `cond ? json : nil`, whose nil would be a JSON null.
    guard fileExists(path) else { return nil }
    return try JSON.parse(file: path)
  }
}
