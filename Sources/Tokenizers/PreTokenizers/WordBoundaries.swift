import Kernels

/// Cuts before `▁` where no token of the model reaches across. SentencePiece BPE sees a whole text
/// as one word; cut like this it gives the same tokens, but short words can be remembered.
struct WordBoundaries: PreTokenizer {
  /// Bytes before a `▁` where a token may reach across.
  private let blocked: [Bool]

  /// `tokens` are all that merging may make.
  init(tokens: some Sequence<ArraySlice<UInt8>>) {
    var blocked = [Bool](repeating: false, count: 256)
    for token in tokens {
      guard token.count > 3 else { continue }
      for index in token.indices.dropFirst(1).dropLast(2)
      where token[index] == 0xE2 && token[index + 1] == 0x96 && token[index + 2] == 0x81 {
        let isAfterMark =
          index - token.startIndex >= 3 && token[index - 1] == 0x81
          && token[index - 2] == 0x96 && token[index - 3] == 0xE2
        if !isAfterMark { blocked[Int(token[index - 1])] = true }
      }
    }
    self.blocked = blocked
  }

  func apply(to segment: inout Segment, _ scratch: EncodeScratch) {
    var result = scratch.takePieces()
    segment.text.bytes.withUnsafeBufferPointer { bytes in
      for piece in segment.pieces {
        var start = Int(piece.start)
        let end = Int(piece.end)
        var position = start + 1
        while position + 2 < end {
          if bytes[position] == 0xE2, bytes[position + 1] == 0x96, bytes[position + 2] == 0x81,
            !blocked[Int(bytes[position - 1])], !isMark(bytes, endingAt: position, from: start)
          {
            result.append(Piece(start, position))
            start = position
          }
          position += 1
        }
        result.append(Piece(start, end))
      }
    }
    swap(&segment.pieces, &result)
    scratch.giveBack(result)
  }

  @inline(__always)
  private func isMark(
    _ bytes: UnsafeBufferPointer<UInt8>, endingAt end: Int, from start: Int
  ) -> Bool {
    end - start >= 3 && bytes[end - 1] == 0x81 && bytes[end - 2] == 0x96 && bytes[end - 3] == 0xE2
  }
}

extension BPEModel {
  /// Where words may be cut apart, nil when that might change tokens.
  func wordBoundaries() -> WordBoundaries? {
    guard byteIDs == nil, !takesWholeWords, continuingPrefix.isEmpty, wordSuffix.isEmpty,
      vocabulary.id("▁") != nil
    else { return nil }
    return WordBoundaries(
      tokens: (0..<vocabulary.strings.count).lazy.map { vocabulary.strings[$0] })
  }
}

extension ScoredBPEModel {
  func wordBoundaries() -> WordBoundaries? {
    guard vocabulary.id("▁") != nil else { return nil }
    return WordBoundaries(
      tokens: (0..<vocabulary.strings.count).lazy.map { vocabulary.strings[$0] })
  }
}
