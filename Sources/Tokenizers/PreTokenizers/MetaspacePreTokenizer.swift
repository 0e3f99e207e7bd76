import Kernels

/// SentencePiece's spaces: `▁` for every space, one before the text, a cut before each.
struct MetaspacePreTokenizer: PreTokenizer {
  enum PrependScheme: String, Sendable { case always, never, first }

  let replacement: [UInt8]
  let prependScheme: PrependScheme
  let splits: Bool

  func apply(to segment: inout Segment, _ scratch: EncodeScratch) throws(Problem) {
    segment.rewritePieces { text in
      text.replaceAll([0x20], with: replacement)
      let mayPrepend =
        switch prependScheme {
        case .always: true
        case .never: false
        case .first: text.originalRange(0, 1).start == 0
        }
      if mayPrepend, !text.hasPrefix(replacement) { text.prepend(replacement) }
    }
    guard splits else { return }
    let split = SplitPreTokenizer(
      finder: LiteralFinder(pattern: replacement), behavior: .mergedWithNext)
    try split.apply(to: &segment, scratch)
  }
}

/// GPT-2's pre-tokenizer: words by its pattern. The bytes are spelled in its alphabet only where
/// the model cannot take them as they are.
struct ByteLevelPreTokenizer: PreTokenizer {
  let addsPrefixSpace: Bool
  let splitsWords: Bool
  /// Whether bytes become characters of the alphabet here.
  var spellsBytes: Bool

  func apply(to segment: inout Segment, _ scratch: EncodeScratch) throws(Problem) {
    if addsPrefixSpace {
      let needsSpace = segment.pieces.contains { segment.text.bytes[Int($0.start)] != 0x20 }
      if needsSpace {
        segment.rewritePieces { text in
          if !text.hasPrefix([0x20]) { text.prepend([0x20]) }
        }
      }
    }
    if splitsWords {
      let split = SplitPreTokenizer(finder: WordScanner(.gpt2), behavior: .isolated)
      try split.apply(to: &segment, scratch)
    }
    if spellsBytes { segment.rewritePieces { $0.spellBytes() } }
  }
}

extension AlignedText {
  /// Every byte as its character of GPT-2's alphabet.
  mutating func spellBytes() {
    var changes: [Change] = []
    changes.reserveCapacity(bytes.count)
    for byte in bytes {
      changes.append((ByteAlphabet.scalars[Int(byte)].value, isContinuation(byte) ? 1 : 0))
    }
    rewrite(changes)
  }
}
