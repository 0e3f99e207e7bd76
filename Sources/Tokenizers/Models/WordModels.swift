import Kernels

/// One token a word.
struct WordLevelModel: TokenModel {
  var vocabulary: Vocabulary
  var unknownID: Int32?

  var isCacheable: Bool { false }

  func tokenize(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns,
    _ scratch: EncodeScratch
  ) throws(Problem) {
    guard let id = vocabulary.id(piece) ?? unknownID else {
      throw Problem(.badData, "a word is not in the vocabulary and the model has no unknown token")
    }
    tokens.append(id, base, base + piece.count)
  }
}

/// BERT's model: the longest token first, then the longest that continues it, and so on; a word
/// with a part that is no token is unknown as a whole.
struct WordPieceModel: TokenModel {
  var vocabulary: Vocabulary
  var unknownID: Int32?
  /// What tokens begin with that continue a word: `##`.
  var continuingPrefix: [UInt8]
  /// Longer words are unknown, in characters.
  var longestWord: Int

  var isCacheable: Bool { true }

  func tokenize(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns,
    _ scratch: EncodeScratch
  ) throws(Problem) {
    let first = tokens.ids.count
    let characters = piece.reduce(0) { isContinuation($1) ? $0 : $0 + 1 }
    if characters <= longestWord, match(piece, at: base, into: &tokens) { return }
    tokens.ids.removeLast(tokens.ids.count - first)
    tokens.spans.removeLast(tokens.spans.count - first)
    guard let unknownID else {
      throw Problem(.badData, "a word cannot be spelled and the model has no unknown token")
    }
    tokens.append(unknownID, base, base + piece.count)
  }

  private func match(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns
  ) -> Bool {
    var start = 0
    while start < piece.count {
      var end = piece.count
      var found: Int32?
      while end > start {
        if let id = token(piece, start..<end) {
          found = id
          break
        }
        repeat { end -= 1 } while end > start && isContinuation(piece[end])
      }
      guard let found else { return false }
      tokens.append(found, base + start, base + end)
      start = end
    }
    return true
  }

  private func token(_ piece: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Int32? {
    if range.lowerBound == 0 { return vocabulary.id(UnsafeBufferPointer(rebasing: piece[range])) }
    return vocabulary.id(continuingPrefix + piece[range])
  }
}
