/// Where a token lies in the text that was encoded, in UTF-8 bytes. Special tokens that a template
/// adds have 0..<0.
public struct TokenSpan: Sendable, Equatable {
  public var start: Int
  public var end: Int

  @inlinable
  public init(start: Int, end: Int) {
    self.start = start
    self.end = end
  }

  @inlinable public var range: Range<Int> { start..<end }
}

/// The tokens of a text. All arrays are as long as `ids`.
public struct Encoding: Sendable, Equatable {
  public internal(set) var ids: [Int32]
  /// The bytes of the original text behind every token, always whole characters.
  public internal(set) var byteOffsets: [TokenSpan]
  /// True for tokens that a template added (not for special tokens found in the text).
  public internal(set) var specialMask: [Bool]
  /// 0 for the first text and 1 for the second, or what the template says.
  public internal(set) var typeIDs: [Int32]
  /// Which text a token comes from (0 or 1), nil for added ones.
  public internal(set) var sequenceIDs: [Int?]

  public var count: Int { ids.count }

  /// Offsets counted in Unicode scalars instead of bytes, as Hugging Face's Python counts them.
  /// `text` is what was encoded. Cost: O(bytes of the text).
  public func scalarOffsets(in text: String) -> [TokenSpan] {
    scalarOffsets(in: text, text)
  }

  /// As `scalarOffsets(in:)` for an encoded pair.
  public func scalarOffsets(in text: String, _ pair: String) -> [TokenSpan] {
    let tables = [Self.scalarCounts(text), Self.scalarCounts(pair)]
    return zip(byteOffsets, sequenceIDs).map { span, sequence in
      guard let sequence, sequence < 2 else { return span }
      let table = tables[sequence]
      return TokenSpan(
        start: table[min(span.start, table.count - 1)], end: table[min(span.end, table.count - 1)])
    }
  }

  /// Scalars that begin before each byte.
  private static func scalarCounts(_ text: String) -> [Int] {
    var counts: [Int] = []
    counts.reserveCapacity(text.utf8.count + 1)
    var count = 0
    for byte in text.utf8 {
      counts.append(count)
      if !isContinuation(byte) { count += 1 }
    }
    // A byte inside a character counts as its beginning; ends lie behind whole characters.
    counts.append(count)
    return counts
  }
}
