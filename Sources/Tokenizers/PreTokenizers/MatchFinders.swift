import Kernels

/// Matches of a regular expression.
struct RegexFinder: MatchFinder {
  let regex: Regex

  func findMatches(
    in text: UnsafeBufferPointer<UInt8>, into matches: inout [Piece], _ scratch: EncodeScratch
  ) throws(Problem) {
    var position = 0
    while position <= text.count {
      guard let match = try scratch.matcher.firstMatch(of: regex, in: text, from: position) else {
        return
      }
      if match.end > position, match.end > match.start {
        matches.append(Piece(max(match.start, position), match.end))
        position = match.end
      } else {
        // An empty match cuts nothing; look on from the next character.
        position = max(position, match.end)
        guard position < text.count else { return }
        position += utf8Length(text[position])
      }
    }
  }
}

/// Occurrences of a fixed text.
struct LiteralFinder: MatchFinder {
  let pattern: [UInt8]

  func findMatches(
    in text: UnsafeBufferPointer<UInt8>, into matches: inout [Piece], _ scratch: EncodeScratch
  ) {
    guard let first = pattern.first else { return }
    var position = 0
    while position + pattern.count <= text.count {
      if text[position] == first,
        text[position..<position + pattern.count].elementsEqual(pattern)
      {
        matches.append(Piece(position, position + pattern.count))
        position += pattern.count
      } else {
        position += 1
      }
    }
  }
}

/// Single characters of given classes, each a match of its own.
struct ClassFinder: MatchFinder {
  let classes: ScalarClass
  /// ASCII characters that match as well: `$+<=>^`|~` for punctuation.
  var withASCIIPunctuation = false

  func findMatches(
    in text: UnsafeBufferPointer<UInt8>, into matches: inout [Piece], _ scratch: EncodeScratch
  ) {
    var position = 0
    while position < text.count {
      let (value, length) = decodeScalar(text, at: position)
      if contains(value) { matches.append(Piece(position, position + length)) }
      position += length
    }
  }

  func contains(_ value: UInt32) -> Bool {
    if withASCIIPunctuation, value < 0x80 { return Self.isASCIIPunctuation(value) }
    return !ScalarClass.of(value).isDisjoint(with: classes)
  }

  static func isASCIIPunctuation(_ value: UInt32) -> Bool {
    (0x21...0x2F).contains(value) || (0x3A...0x40).contains(value)
      || (0x5B...0x60).contains(value) || (0x7B...0x7E).contains(value)
  }
}

/// `\w+|[^\w\s]+`: runs of word characters, runs of other characters that are not white space.
struct WordRunFinder: MatchFinder {
  func findMatches(
    in text: UnsafeBufferPointer<UInt8>, into matches: inout [Piece], _ scratch: EncodeScratch
  ) {
    var position = 0
    var start = 0
    var kind = 0
    while position < text.count {
      let (value, length) = decodeScalar(text, at: position)
      let classes = ScalarClass.of(value)
      let next = classes.contains(.word) ? 1 : classes.contains(.space) ? 0 : 2
      if next != kind {
        if kind != 0 { matches.append(Piece(start, position)) }
        (kind, start) = (next, position)
      }
      position += length
    }
    if kind != 0 { matches.append(Piece(start, position)) }
  }
}

/// Every `length` characters.
struct FixedLengthFinder: MatchFinder {
  let length: Int

  func findMatches(
    in text: UnsafeBufferPointer<UInt8>, into matches: inout [Piece], _ scratch: EncodeScratch
  ) {
    var position = 0
    while position < text.count {
      let start = position
      var count = 0
      while count < length, position < text.count {
        position += utf8Length(text[position])
        count += 1
      }
      matches.append(Piece(start, position))
    }
  }
}
