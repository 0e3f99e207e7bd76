internal import PluginAPI

/// Copies and writes the files of a model folder beside its weights.
enum ModelFolder {
  static let generationName = "generation_config.json"

  /// What a tokenizer may consist of.
  static let tokenizerNames = [
    "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    "added_tokens.json", "vocab.json", "merges.txt", "vocab.txt", "tokenizer.model",
  ]

  /// Copies those of `names` that `source` has, to the byte.
  static func copy(_ names: [String], from source: String, to target: String) throws {
    for name in names where fileExists("\(source)/\(name)") {
      let file = try MappedFile(path: "\(source)/\(name)")
      try writeAtomically(path: "\(target)/\(name)") { output in
        try file.withBytes { bytes in try output.write(bytes) }
      }
    }
  }

  static func write(_ json: JSON, to path: String) throws {
    try writeAtomically(path: path, text: json.serialized(pretty: true) + "\n")
  }
}
