import Testing

@testable import Tokenizers

/// The hand-written scanners against the regular expressions they stand for.
struct WordScannerTests {
  static let patterns = [
    WordScanner.gpt2Pattern, WordScanner.llama3Pattern(digits: #"\p{N}{1,3}"#),
    WordScanner.llama3Pattern(digits: #"\p{N}"#),
  ]

  /// What words are made of, awkward parts more often than in real text.
  static let parts = [
    "a", "Z", "é", "ſ", "'", "'s", "'S", "'ſ", "'re", "'LL", "'d", "'x", "1", "23", "½", "Ⅻ", "٣",
    " ", "  ", "\t", "\n", "\r", "\r\n", "\u{A0}", "\u{3000}", "\u{2028}", "\u{85}", "\u{200B}",
    "\u{FEFF}", "\u{180E}", "!", "?!", "_", "$", "€", "—", "😀", "👨‍👩‍👧", "\u{301}", "漢字", "ไทย",
    "אב", "한", "𝔘", "\0", "\u{7F}",
  ]

  private func check(_ text: String, _ pattern: String, _ regex: Regex) throws {
    let scratch = EncodeScratch()
    let scanner = try #require(WordScanner(pattern: pattern))
    try Array(text.utf8).withUnsafeBufferPointer { bytes in
      var wanted: [Piece] = []
      try RegexFinder(regex: regex).findMatches(in: bytes, into: &wanted, scratch)
      var found: [Piece] = []
      scanner.findMatches(in: bytes, into: &found, scratch)
      #expect(found == wanted, "\(text.debugDescription) by \(pattern)")
    }
  }

  @Test(arguments: patterns)
  func agreesWithTheExpressionOnRandomText(pattern: String) throws {
    let regex = try Regex(pattern, place: "test")
    var state: UInt64 = 88
    for _ in 0..<3000 {
      var text = ""
      for _ in 0..<(state >> 60) + 1 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += Self.parts[Int(state >> 33) % Self.parts.count]
      }
      try check(text, pattern, regex)
    }
  }

  /// Categories of a character may differ between Unicode versions; of old characters they do not.
  @Test(arguments: patterns)
  func agreesOnEveryCharacter(pattern: String) throws {
    let regex = try Regex(pattern, place: "test")
    for value in UInt32(1)..<0x30000 {
      guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age,
        age.major < 14
      else { continue }
      try check("a\(scalar)b \(scalar)1", pattern, regex)
    }
  }

  @Test func emptyTextHasNoWords() throws {
    for pattern in Self.patterns { try check("", pattern, try Regex(pattern, place: "test")) }
  }
}
