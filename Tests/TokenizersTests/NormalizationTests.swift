import Testing

@testable import Tokenizers

struct NormalizationTests {
  private func normalized(
    _ text: String, _ form: UnicodeNormalization.Form
  ) -> AlignedText {
    var aligned = AlignedText(text.utf8, origin: 0)
    UnicodeNormalization.normalize(&aligned, to: form)
    return aligned
  }

  @Test func composesAndDecomposes() {
    let cases: [(String, UnicodeNormalization.Form, String)] = [
      ("e\u{301}", .nfc, "\u{E9}"), ("\u{E9}", .nfd, "e\u{301}"), ("\u{FB01}", .nfkc, "fi"),
      ("\u{1E9B}\u{323}", .nfc, "\u{1E9B}\u{323}"), ("\u{1E9B}\u{323}", .nfkd, "s\u{323}\u{307}"),
      ("\u{1E9B}\u{323}", .nfkc, "\u{1E69}"),
      ("한글", .nfd, "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}"),
      ("\u{1112}\u{1161}\u{11AB}", .nfc, "한"), ("\u{958}", .nfc, "\u{915}\u{93C}"),
      ("a\u{315}\u{300}", .nfc, "\u{E0}\u{315}"), ("①㌀", .nfkc, "1アパート"), ("Ａ", .nfkd, "A"),
      ("plain", .nfkc, "plain"), ("", .nfc, ""),
    ]
    for (text, form, wanted) in cases {
      #expect(normalized(text, form).bytes == Array(wanted.utf8), "\(text) to \(form)")
    }
  }

  /// UAX 15: normalizing twice is normalizing once, and NFC(NFD(x)) = NFC(x).
  @Test func formsAreStableForEveryCharacter() {
    for value in UInt32(0xA0)..<0x30000 {
      guard let scalar = Unicode.Scalar(value), scalar.properties.age != nil else { continue }
      let text = "a\(scalar)\u{301}"
      for form in [UnicodeNormalization.Form.nfc, .nfd, .nfkc, .nfkd] {
        let once = normalized(text, form)
        let twice = normalized(String(decoding: once.bytes, as: UTF8.self), form)
        #expect(once.bytes == twice.bytes, "U+\(String(value, radix: 16)) to \(form)")
      }
      let through = normalized(
        String(decoding: normalized(text, .nfd).bytes, as: UTF8.self), .nfc)
      #expect(through.bytes == normalized(text, .nfc).bytes)
      let compatible = normalized(
        String(decoding: normalized(text, .nfkd).bytes, as: UTF8.self), .nfc)
      #expect(compatible.bytes == normalized(text, .nfkc).bytes)
    }
  }

  @Test func changesKeepTheirWayBack() {
    var text = AlignedText("xe\u{301}\u{FB01} y".utf8, origin: 10)
    UnicodeNormalization.normalize(&text, to: .nfkc)
    #expect(text.bytes == Array("xéfi y".utf8))
    #expect(text.originalRange(1, 3) == (11, 12), "a joined character counts as its first part")
    #expect(text.originalRange(3, 5) == (14, 17))
    text.prepend([0x5F])
    #expect(text.originalRange(0, 1) == (10, 11))
    text.replaceAll([0x20], with: Array("▁".utf8))
    #expect(text.originalRange(6, 9) == (17, 18))
    text.filter { $0 != 0x79 }
    #expect(text.slice(0..<2).originalRange(0, 2) == (10, 11))
  }
}
