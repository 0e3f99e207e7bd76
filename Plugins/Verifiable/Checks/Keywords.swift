import PluginAPI

/// Finds phrases in a text, as whole words unless told otherwise.
struct PhraseFinder: Sendable {
  let ignoresCase: Bool
  let wholeWords: Bool

  init(_ reader: inout CheckReader) {
    ignoresCase = !reader.flag("case_sensitive")
    wholeWords = reader.flag("whole_words", default: true)
  }

  init(ignoresCase: Bool = true, wholeWords: Bool = true) {
    self.ignoresCase = ignoresCase
    self.wholeWords = wholeWords
  }

  /// How often `phrase` occurs in `text`.
  func count(_ phrase: String, in text: String) -> Int {
    let text = ignoresCase ? text.lowercased() : text
    let phrase = ignoresCase ? phrase.lowercased() : phrase
    guard wholeWords else { return occurrences(of: phrase, in: text) }
    let wanted = textWords(phrase)
    // A phrase of marks alone ("***") has no words to compare.
    guard !wanted.isEmpty else { return occurrences(of: phrase, in: text) }
    let words = textWords(text)
    guard words.count >= wanted.count else { return 0 }
    return (0...words.count - wanted.count).count { start in
      words[start..<start + wanted.count].elementsEqual(wanted)
    }
  }
}

/// All, any or none of some phrases occur.
struct KeywordsCheck: Check {
  let all: [String]
  let any: [String]
  let none: [String]
  let finder: PhraseFinder

  func holds(for response: String) -> Bool {
    func has(_ phrase: String) -> Bool { finder.count(phrase, in: response) > 0 }
    return all.allSatisfy(has) && (any.isEmpty || any.contains(where: has))
      && !none.contains(where: has)
  }
}

/// A phrase or a character occurs so often.
struct FrequencyCheck: Check {
  let phrase: String
  let bounds: Bounds
  let finder: PhraseFinder

  func holds(for response: String) -> Bool {
    bounds.range.contains(finder.count(phrase, in: response))
  }
}

extension CheckKind {
  static let keywords = CheckKind(
    name: "keywords", summary: "`all` of some phrases occur, `any` of them, `none` of them."
  ) { reader in
    let all = reader.strings("all")
    let any = reader.strings("any")
    let none = reader.strings("none")
    let finder = PhraseFinder(&reader)
    guard all != nil || any != nil || none != nil else {
      if reader.problems.isEmpty {
        reader.report("no phrases", expected: "'all', 'any' or 'none'")
      }
      return nil
    }
    return KeywordsCheck(all: all ?? [], any: any ?? [], none: none ?? [], finder: finder)
  }

  static let frequency = CheckKind(
    name: "frequency",
    summary: "The phrase `of` occurs `exactly`, `at_least` or `at_most` so often."
  ) { reader in
    let phrase = reader.requiredString("of")
    let bounds = Bounds(&reader)
    let finder = PhraseFinder(&reader)
    guard let phrase, let bounds else { return nil }
    return FrequencyCheck(phrase: phrase, bounds: bounds, finder: finder)
  }
}
