import PluginAPI

/// The share of required words that a response has and of forbidden words that it lacks.
struct KeywordReward: ExplainingReward {
  static let name = "keyword"
  static let summary = "Share of required words present and forbidden words absent."

  struct Options: PluginOptions {
    @Setting("Words or phrases that a response should have.") var words: [String] = []
    @Setting("Words or phrases that it should not have.") var forbidden: [String] = []
    @Setting("Field of the data row that lists more required words: text or a list of texts.")
    var field: String?
    @Setting("Whether capital and small letters differ.") var caseSensitive = false
    @Setting("Whether a word may be part of a longer one.") var partial = false
  }

  private let options: Options

  init(_ options: Options) throws {
    guard !(options.words + options.forbidden).contains(where: \.isEmpty) else {
      throw OptionError("words", "\"\"", "must not hold an empty word")
    }
    guard !options.words.isEmpty || !options.forbidden.isEmpty || options.field != nil else {
      throw OptionError("words", "[]", "name words, forbidden words or a field that lists some")
    }
    self.options = options
  }

  /// One score in 0...1 per completion, with a part (1 or 0) for each word.
  func judge(_ batch: [Completion]) -> [RewardScore] {
    batch.map { completion in
      let required = options.words + words(of: completion.prompt)
      guard !required.isEmpty || !options.forbidden.isEmpty else {
        return RewardScore(failure: "the row lists no words in \(quoted(options.field ?? ""))")
      }
      let text = Text(completion.response, options)
      let parts =
        required.map { (name: $0, value: Float(text.has($0) ? 1 : 0)) }
        + options.forbidden.map { (name: "not \($0)", value: Float(text.has($0) ? 0 : 1)) }
      let held = parts.reduce(0) { $0 + $1.value }
      return RewardScore(held / Float(parts.count), parts: parts)
    }
  }

  private func words(of prompt: Prompt) -> [String] {
    guard let field = options.field, let value = prompt.fields[field] else { return [] }
    let words = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    return words.filter { !$0.isEmpty }
  }
}

/// A response, prepared for looking words up.
private struct Text {
  private let characters: [Character]
  private let options: KeywordReward.Options

  init(_ text: String, _ options: KeywordReward.Options) {
    self.options = options
    characters = Array(options.caseSensitive ? text : text.lowercased())
  }

  func has(_ word: String) -> Bool {
    let wanted = Array(options.caseSensitive ? word : word.lowercased())
    guard characters.count >= wanted.count else { return false }
    return (0...characters.count - wanted.count).contains { start in
      characters[start] == wanted[0]
        && characters[start..<start + wanted.count].elementsEqual(wanted)
        && (options.partial || isWhole(start..<start + wanted.count))
    }
  }

  /// Whether neither neighbour continues the word.
  private func isWhole(_ place: Range<Int>) -> Bool {
    func continues(_ index: Int, _ inner: Int) -> Bool {
      characters.indices.contains(index) && isWordly(characters[index])
        && isWordly(characters[inner])
    }
    return !continues(place.lowerBound - 1, place.lowerBound)
      && !continues(place.upperBound, place.upperBound - 1)
  }

  private func isWordly(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_"
  }
}

@c(crucible_plugin_Keyword)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Keyword", version: "1.0.0", summary: KeywordReward.summary, rewards: [KeywordReward.self])
}
