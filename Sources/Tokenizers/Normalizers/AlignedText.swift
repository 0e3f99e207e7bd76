/// Text on its way through normalizers and pre-tokenizers, as valid UTF-8, that knows which
/// bytes of the original each of its bytes comes from.
///
/// While nothing has changed, byte `i` is byte `origin + i` of the original. After a change every
/// byte carries the range of the original character it stands for.
struct AlignedText {
  private(set) var bytes: [UInt8]
  private(set) var origin: Int
  /// Original ranges of every byte; empty while unchanged.
  private(set) var starts: [Int32] = []
  private(set) var ends: [Int32] = []
  private(set) var isAligned = false

  /// Text as it lies at `origin` of the original.
  init(_ bytes: some Sequence<UInt8>, origin: Int) {
    self.bytes = Array(bytes)
    self.origin = origin
  }

  /// No bytes yet: to be filled by `append(part:of:)`.
  private init(emptyAt origin: Int, capacity: Int) {
    bytes = []
    self.origin = origin
    isAligned = true
    bytes.reserveCapacity(capacity)
    starts.reserveCapacity(capacity)
    ends.reserveCapacity(capacity)
  }

  var count: Int { bytes.count }

  /// The range of the original that bytes `start..<end` stand for; whole characters.
  func originalRange(_ start: Int, _ end: Int) -> (start: Int, end: Int) {
    if isAligned {
      guard start < end else { return (origin + start, origin + end) }
      return (Int(starts[start]), Int(ends[end - 1]))
    }
    var first = start
    while first > 0, first < bytes.count, isContinuation(bytes[first]) { first -= 1 }
    var last = end
    while last < bytes.count, isContinuation(bytes[last]) { last += 1 }
    return (origin + first, origin + last)
  }

  /// Whether the text at `position` begins with `prefix`.
  func hasPrefix(_ prefix: [UInt8], at position: Int = 0) -> Bool {
    guard bytes.count - position >= prefix.count else { return false }
    for index in prefix.indices where bytes[position + index] != prefix[index] { return false }
    return true
  }

  /// Bytes `range` as a text of their own.
  func slice(_ range: Range<Int>) -> AlignedText {
    guard isAligned else {
      return AlignedText(bytes[range], origin: origin + range.lowerBound)
    }
    var part = AlignedText(emptyAt: origin, capacity: range.count)
    part.append(range, of: self)
    return part
  }

  /// Writes down where every byte comes from, so that it can be changed.
  private mutating func align() {
    guard !isAligned else { return }
    isAligned = true
    let count = bytes.count
    starts = [Int32](repeating: 0, count: count)
    ends = starts
    var position = 0
    while position < count {
      let next = min(count, position + utf8Length(bytes[position]))
      for index in position..<next {
        starts[index] = Int32(truncatingIfNeeded: origin + position)
        ends[index] = Int32(truncatingIfNeeded: origin + next)
      }
      position = next
    }
  }

  private mutating func append(_ range: Range<Int>, of other: AlignedText) {
    bytes.append(contentsOf: other.bytes[range])
    starts.append(contentsOf: other.starts[range])
    ends.append(contentsOf: other.ends[range])
  }

  private mutating func append(_ content: [UInt8], start: Int32, end: Int32) {
    bytes.append(contentsOf: content)
    for _ in content {
      starts.append(start)
      ends.append(end)
    }
  }

  // MARK: - Changes

  /// Puts `prefix` before the text; it counts as part of the first character. Nothing happens to
  /// an empty text.
  mutating func prepend(_ prefix: [UInt8]) {
    guard !bytes.isEmpty else { return }
    align()
    let (start, end) = (starts[0], ends[0])
    bytes.insert(contentsOf: prefix, at: 0)
    starts.insert(contentsOf: repeatElement(start, count: prefix.count), at: 0)
    ends.insert(contentsOf: repeatElement(end, count: prefix.count), at: 0)
  }

  /// Replaces the given ranges (in order, apart) by `content`, which counts as the last byte of
  /// what it replaces.
  mutating func replace(_ ranges: [Range<Int>], with content: [UInt8]) {
    guard !ranges.isEmpty else { return }
    align()
    var result = AlignedText(emptyAt: origin, capacity: bytes.count + ranges.count * content.count)
    var position = 0
    for range in ranges {
      result.append(position..<range.lowerBound, of: self)
      let last = range.upperBound - 1
      if last >= 0 {
        result.append(content, start: starts[last], end: ends[last])
      } else {
        result.append(content, start: Int32(origin), end: Int32(origin))
      }
      position = range.upperBound
    }
    result.append(position..<bytes.count, of: self)
    self = result
  }

  /// As `replace` for every occurrence of `pattern`.
  mutating func replaceAll(_ pattern: [UInt8], with content: [UInt8]) {
    if pattern.count == 1, content.count != 0 { return replaceByte(pattern[0], with: content) }
    replace(bytes.ranges(of: pattern), with: content)
  }

  private mutating func replaceByte(_ byte: UInt8, with content: [UInt8]) {
    guard bytes.contains(byte) else { return }
    align()
    var result = AlignedText(emptyAt: origin, capacity: bytes.count * 5 / 4)
    for index in bytes.indices {
      let (start, end) = (starts[index], ends[index])
      if bytes[index] == byte {
        result.append(content, start: start, end: end)
      } else {
        result.bytes.append(bytes[index])
        result.starts.append(start)
        result.ends.append(end)
      }
    }
    self = result
  }

  /// One character of a rewritten text and how it came about: 0 replaces the next old character,
  /// 1 is inserted (and counts as the character before it), −n replaces one and drops n more.
  typealias Change = (scalar: UInt32, change: Int)

  /// Rewrites the whole text. `dropped` old characters go before the first change.
  mutating func rewrite(_ changes: [Change], dropping dropped: Int = 0) {
    align()
    var result = AlignedText(emptyAt: origin, capacity: bytes.count + changes.count)
    var position = 0
    skip(dropped, from: &position)
    for (scalar, change) in changes {
      let source = change > 0 ? position - 1 : position
      let start: Int32
      let end: Int32
      if source >= 0, source < starts.count {
        (start, end) = (starts[source], ends[source])
      } else {
        start = source < 0 ? (starts.first ?? Int32(truncatingIfNeeded: origin)) : ends.last ?? 0
        end = start
      }
      let width = utf8Width(scalar)
      result.bytes.appendScalar(scalar)
      for _ in 0..<width {
        result.starts.append(start)
        result.ends.append(end)
      }
      if change <= 0 { skip(1 - change, from: &position) }
    }
    self = result
  }

  private func skip(_ characters: Int, from position: inout Int) {
    for _ in 0..<characters where position < bytes.count {
      position += utf8Length(bytes[position])
    }
  }

  /// Keeps the characters that `keep` accepts; the others' bytes belong to nobody.
  mutating func filter(_ keep: (UInt32) -> Bool) {
    let values = bytes.scalarValues
    guard !values.allSatisfy(keep) else { return }
    var changes: [Change] = []
    changes.reserveCapacity(values.count)
    var removed = 0
    var removedAtStart = 0
    var last: UInt32?
    for value in values {
      guard keep(value) else {
        removed += 1
        continue
      }
      if let last { changes.append((last, -removed)) } else { removedAtStart = removed }
      last = value
      removed = 0
    }
    if let last { changes.append((last, -removed)) }
    rewrite(changes, dropping: removedAtStart)
  }

  /// Replaces the content, byte for byte of the same length, where only bytes differ.
  mutating func map(_ transform: (UInt32) -> UInt32) {
    let values = bytes.scalarValues
    let mapped = values.map(transform)
    guard mapped != values else { return }
    rewrite(mapped.map { ($0, 0) })
  }

  /// Joins parts of one text that lie in order.
  static func joined(_ parts: [AlignedText], origin: Int) -> AlignedText {
    var result = AlignedText(emptyAt: origin, capacity: parts.reduce(0) { $0 + $1.count })
    for var part in parts {
      part.align()
      result.append(0..<part.count, of: part)
    }
    return result
  }
}

extension [UInt8] {
  /// Where `pattern` occurs, from left to right without overlap. None for an empty pattern.
  func ranges(of pattern: [UInt8]) -> [Range<Int>] {
    guard let first = pattern.first, pattern.count <= count else { return [] }
    var found: [Range<Int>] = []
    var position = 0
    while position + pattern.count <= count {
      if self[position] == first, self[position..<position + pattern.count].elementsEqual(pattern) {
        found.append(position..<position + pattern.count)
        position += pattern.count
      } else {
        position += 1
      }
    }
    return found
  }
}
