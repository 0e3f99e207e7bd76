internal import Formats
internal import Tokenizers

/// Keeps tokenizer_config.json and special_tokens_map.json in step with a changed tokenizer.json:
/// readers append every token that only these files name, under an id that has no row.
struct TokenizerSettingsEditor {
  private let output: OutputVocabulary
  /// Tokens that the output lacks although the settings may name them.
  private var removed = TokenStrings()

  init(_ output: OutputVocabulary, removed: [String]) {
    self.output = output
    for token in removed where !output.contains(token) { _ = self.removed.insert(token) }
  }

  /// Brings `added_tokens_decoder` up to date where there is one, and takes removed tokens out of
  /// roles and lists.
  func edit(_ settings: inout JSON) {
    for (key, value) in settings.object?.entries ?? [] {
      switch key {
      case "added_tokens_decoder": settings[key] = decoder
      case "additional_special_tokens", "extra_special_tokens":
        settings[key] = withoutRemoved(value)
      default:
        if key.hasSuffix("_token"), isRemoved(value) { settings[key] = nil }
      }
    }
  }

  /// Every added token by its id.
  private var decoder: JSON {
    let tokens = output.added.sorted { $0.id < $1.id }
    return .object(
      JSONObject(tokens.map { (key: String($0.id), value: .object($0.flags)) }))
  }

  /// A list of tokens, or tokens by their roles.
  private func withoutRemoved(_ value: JSON) -> JSON {
    switch value {
    case .array(let tokens): .array(tokens.filter { !isRemoved($0) })
    case .object(let roles): .object(JSONObject(roles.entries.filter { !isRemoved($0.value) }))
    default: value
    }
  }

  private func isRemoved(_ value: JSON) -> Bool {
    guard let token = value.string ?? value["content"]?.string else { return false }
    return removed.index(of: token) != nil
  }
}
