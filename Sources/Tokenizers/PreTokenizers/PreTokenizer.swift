import Kernels

/// A run of bytes of a segment's text.
struct Piece: Equatable {
  var start: Int32
  var end: Int32

  @inline(__always)
  init(_ start: Int, _ end: Int) {
    self.start = Int32(truncatingIfNeeded: start)
    self.end = Int32(truncatingIfNeeded: end)
  }

  var range: Range<Int> { Int(start)..<Int(end) }
  var isEmpty: Bool { start == end }
}

/// Text between added tokens, cut into the pieces that the model sees one by one.
struct Segment {
  var text: AlignedText
  /// In order, apart, none empty; text outside of them is dropped.
  var pieces: [Piece]

  init(_ text: AlignedText) {
    self.text = text
    pieces = text.count == 0 ? [] : [Piece(0, text.count)]
  }

  /// Rewrites every piece by itself.
  mutating func rewritePieces(_ change: (inout AlignedText) -> Void) {
    var parts: [AlignedText] = []
    parts.reserveCapacity(pieces.count)
    var rewritten: [Piece] = []
    rewritten.reserveCapacity(pieces.count)
    var position = 0
    for piece in pieces {
      var part =
        pieces.count == 1 && piece.range == 0..<text.count ? text : text.slice(piece.range)
      change(&part)
      if part.count > 0 { rewritten.append(Piece(position, position + part.count)) }
      position += part.count
      parts.append(part)
    }
    if parts.count == 1 {
      text = parts[0]
    } else {
      text = .joined(parts, origin: text.origin)
    }
    pieces = rewritten
  }
}

/// Cuts text into words, or rewrites it, before the model looks at it.
protocol PreTokenizer: Sendable {
  /// Throws `Problem` when a regular expression gives up.
  func apply(to segment: inout Segment, _ scratch: EncodeScratch) throws(Problem)
}

/// Several pre-tokenizers, one after the other.
struct PreTokenizerSequence: PreTokenizer {
  let steps: [any PreTokenizer]

  func apply(to segment: inout Segment, _ scratch: EncodeScratch) throws(Problem) {
    for step in steps { try step.apply(to: &segment, scratch) }
  }
}
