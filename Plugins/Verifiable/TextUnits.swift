/// Countable parts of a text.
enum Unit: String, CaseIterable, Sendable {
  case words, sentences, bullets, lines, paragraphs, characters

  /// How many there are in `text`.
  func count(in text: String) -> Int {
    switch self {
    case .words: textWords(text).count
    case .sentences: sentenceCount(text)
    case .bullets: textLines(text).count(where: isBullet)
    case .lines: textLines(text).count { !$0.allSatisfy(\.isWhitespace) }
    case .paragraphs: paragraphCount(text)
    case .characters: trimmed(text).count
    }
  }
}

/// `text` without white space at both ends.
func trimmed(_ text: some StringProtocol) -> Substring {
  let text = Substring(text)
  guard let first = text.firstIndex(where: { !$0.isWhitespace }),
    let last = text.lastIndex(where: { !$0.isWhitespace })
  else { return "" }
  return text[first...last]
}

func textLines(_ text: String) -> [Substring] {
  text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
}

/// Runs of letters and digits; one apostrophe or hyphen between two of them belongs to the word
/// ("don't", "well-known"). Marks alone, such as a bullet, are no word.
func textWords(_ text: String) -> [String] {
  let characters = Array(text)
  func isPart(_ index: Int) -> Bool {
    characters.indices.contains(index) && (characters[index].isLetter || characters[index].isNumber)
  }
  var words: [String] = []
  var word = ""
  for (index, character) in characters.enumerated() {
    if isPart(index) || ("'’-".contains(character) && isPart(index - 1) && isPart(index + 1)) {
      word.append(character)
    } else if !word.isEmpty {
      words.append(word)
      word = ""
    }
  }
  return word.isEmpty ? words : words + [word]
}

private let abbreviations: Set<String> = [
  "mr", "mrs", "ms", "dr", "prof", "st", "vs", "e.g", "i.e", "etc", "no", "jr", "sr", "fig",
]

/// Sentences end with . ! ? or … (and closing marks) before white space or the end; the dots of
/// common abbreviations do not end one. What is left over counts when it has a word in it.
func sentenceCount(_ text: String) -> Int {
  var count = 0
  var current = ""
  for piece in text.split(whereSeparator: \.isWhitespace) {
    current += piece + " "
    let core = piece.trimmingEnd { "\"'”’)]*_".contains($0) }
    guard let last = core.last, ".!?…".contains(last) else { continue }
    let stem = core.dropLast().lowercased()
    if last == ".", abbreviations.contains(stem.drop { "(\"“".contains($0) }.description) {
      continue
    }
    if !textWords(current).isEmpty { count += 1 }
    current = ""
  }
  return count + (textWords(current).isEmpty ? 0 : 1)
}

/// Blocks of lines with blank lines between them.
private func paragraphCount(_ text: String) -> Int {
  var count = 0
  var isInside = false
  for line in textLines(text) {
    let isBlank = line.allSatisfy(\.isWhitespace)
    if !isBlank && !isInside { count += 1 }
    isInside = !isBlank
  }
  return count
}

/// A line that starts with -, *, + or • and white space.
func isBullet(_ line: Substring) -> Bool {
  let line = line.drop(while: \.isWhitespace)
  guard let mark = line.first, "-*+•".contains(mark) else { return false }
  return line.dropFirst().first?.isWhitespace ?? false
}

extension Substring {
  fileprivate func trimmingEnd(_ isMark: (Character) -> Bool) -> Substring {
    var text = self
    while let last = text.last, isMark(last) { text.removeLast() }
    return text
  }
}
