import Kernels

/// Words seen lately and their tokens. Text repeats itself: nearly all words are found here.
///
/// Bounded: when it is full it forgets everything and starts anew.
struct WordCache {
  /// Longer words are rarely seen again.
  static let longestWord = 96
  private static let slotCount = 1 << 16
  private static let maximumWords = 40_000
  private static let maximumBytes = 1 << 20
  private static let maximumTokens = 1 << 18

  private struct Entry {
    var hash: UInt64
    var key: UInt32
    var tokens: UInt32
    var length: UInt16
    var count: UInt16
  }

  /// Index of an entry, -1 when free; empty before the first word.
  private var slots: [Int32] = []
  private var entries: [Entry] = []
  private var keys: [UInt8] = []
  /// Id and where in the word the token lies.
  private var ids: [Int32] = []
  private var spans: [Piece] = []

  /// Appends the tokens of `word` if they are known.
  @inline(__always)
  func find(
    _ word: UnsafeBufferPointer<UInt8>, hash: UInt64, at base: Int, into tokens: inout TokenRuns
  ) -> Bool {
    guard let bytes = word.baseAddress, !slots.isEmpty else { return false }
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while true {
      let index = Int(slots[slot])
      if index < 0 { return false }
      let entry = entries[index]
      if entry.hash == hash, Int(entry.length) == word.count, isKey(entry, bytes) {
        let shift = Int32(truncatingIfNeeded: base)
        for token in Int(entry.tokens)..<Int(entry.tokens) + Int(entry.count) {
          tokens.ids.append(ids[token])
          var span = spans[token]
          span.start &+= shift
          span.end &+= shift
          tokens.spans.append(span)
        }
        return true
      }
      slot = (slot + 1) & (Self.slotCount - 1)
    }
  }

  @inline(__always)
  private func isKey(_ entry: Entry, _ bytes: UnsafePointer<UInt8>) -> Bool {
    keys.withUnsafeBufferPointer { keys in
      guard let base = keys.baseAddress else { return false }
      return equalBytes(base + Int(entry.key), bytes, Int(entry.length))
    }
  }

  /// Remembers the tokens from `first` on, which are `word`'s.
  mutating func insert(
    _ word: UnsafeBufferPointer<UInt8>, hash: UInt64, at base: Int, tokens: TokenRuns,
    from first: Int
  ) {
    let count = tokens.ids.count - first
    guard count < Int(UInt16.max) else { return }
    if slots.isEmpty || entries.count >= Self.maximumWords || keys.count >= Self.maximumBytes
      || ids.count >= Self.maximumTokens
    {
      forget()
    }
    entries.append(
      Entry(
        hash: hash, key: UInt32(keys.count), tokens: UInt32(ids.count),
        length: UInt16(word.count), count: UInt16(count)))
    keys.append(contentsOf: word)
    let shift = Int32(truncatingIfNeeded: base)
    for token in first..<tokens.ids.count {
      ids.append(tokens.ids[token])
      var span = tokens.spans[token]
      span.start &-= shift
      span.end &-= shift
      spans.append(span)
    }
    var slot = Int(truncatingIfNeeded: hash) & (Self.slotCount - 1)
    while slots[slot] >= 0 { slot = (slot + 1) & (Self.slotCount - 1) }
    slots[slot] = Int32(truncatingIfNeeded: entries.count - 1)
  }

  private mutating func forget() {
    slots = [Int32](repeating: -1, count: Self.slotCount)
    entries.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
    ids.removeAll(keepingCapacity: true)
    spans.removeAll(keepingCapacity: true)
  }
}

extension TokenModel {
  /// Tokenizes a piece, from memory if it was seen lately.
  @inline(__always)
  func tokenizeCached(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns,
    _ cache: inout WordCache, _ scratch: EncodeScratch
  ) throws(Problem) {
    guard piece.count <= WordCache.longestWord, let bytes = piece.baseAddress else {
      return try tokenize(piece, at: base, into: &tokens, scratch)
    }
    let hash = hashBytes(bytes, piece.count)
    if cache.find(piece, hash: hash, at: base, into: &tokens) { return }
    let first = tokens.ids.count
    try tokenize(piece, at: base, into: &tokens, scratch)
    cache.insert(piece, hash: hash, at: base, tokens: tokens, from: first)
  }

  /// Tokenizes all pieces of a segment.
  func tokenize(
    _ segment: Segment, into tokens: inout TokenRuns, _ scratch: EncodeScratch
  ) throws(Problem) {
    var failure: Problem?
    let isCacheable = isCacheable
    // Taken out and put back: access to a class's property is checked every time.
    var cache = WordCache()
    swap(&cache, &scratch.cache)
    defer { swap(&cache, &scratch.cache) }
    segment.text.bytes.withUnsafeBufferPointer { bytes in
      do throws(Problem) {
        for piece in segment.pieces {
          let text = UnsafeBufferPointer(rebasing: bytes[piece.range])
          if isCacheable {
            try tokenizeCached(text, at: Int(piece.start), into: &tokens, &cache, scratch)
          } else {
            try tokenize(text, at: Int(piece.start), into: &tokens, scratch)
          }
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
