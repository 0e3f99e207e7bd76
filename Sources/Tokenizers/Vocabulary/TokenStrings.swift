/// Byte strings in one arena, found by content. Index = order of insertion.
///
/// Compared byte by byte: `é` as one scalar and as two are different tokens.
package struct TokenStrings: Sendable {
  private var arena: [UInt8] = []
  /// Where each string ends; it begins where the one before ends.
  private var ends: [UInt32] = []
  /// Open addressing: index of a string, -1 when free.
  private var slots: [Int32]

  package init(minimumCapacity: Int = 0) {
    slots = Array(repeating: -1, count: tableCapacity(minimumCapacity))
    ends.reserveCapacity(minimumCapacity)
    arena.reserveCapacity(8 * minimumCapacity)
  }

  package var count: Int { ends.count }

  /// Bytes of string `index`.
  subscript(index: Int) -> ArraySlice<UInt8> { arena[range(index)] }

  /// The string `index` as text.
  package func text(_ index: Int) -> String { String(decoding: self[index], as: UTF8.self) }

  /// The index of the string, nil when absent.
  @inline(__always)
  func index(of bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = bytes.baseAddress else { return find(nil, 0) }
    return find(UnsafeRawPointer(base), bytes.count)
  }

  package func index(of text: String) -> Int? {
    var text = text
    return text.withUTF8 { index(of: $0) }
  }

  func index(of bytes: some Sequence<UInt8>) -> Int? {
    Array(bytes).withUnsafeBufferPointer { index(of: $0) }
  }

  /// Adds a string, or finds it: `isNew` says which.
  mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> (index: Int, isNew: Bool) {
    if let found = index(of: bytes) { return (found, false) }
    let index = ends.count
    arena.append(contentsOf: bytes)
    ends.append(UInt32(truncatingIfNeeded: arena.count))
    if 2 * ends.count > slots.count { grow() } else { place(index) }
    return (index, true)
  }

  package mutating func insert(_ text: String) -> (index: Int, isNew: Bool) {
    var text = text
    return text.withUTF8 { insert($0) }
  }

  private func range(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
  }

  @inline(__always)
  private func find(_ bytes: UnsafeRawPointer?, _ count: Int) -> Int? {
    let mask = slots.count - 1
    return arena.withUnsafeBytes { arena in
      let empty = UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
      var slot = Int(truncatingIfNeeded: hashBytes(bytes ?? empty, count)) & mask
      while true {
        let index = Int(slots[slot])
        if index < 0 { return nil }
        let start = index == 0 ? 0 : Int(ends[index - 1])
        if Int(ends[index]) - start == count {
          guard count > 0, let bytes, let base = arena.baseAddress else { return index }
          if equalBytes(base + start, bytes, count) { return index }
        }
        slot = (slot + 1) & mask
      }
    }
  }

  private mutating func place(_ index: Int) {
    let mask = slots.count - 1
    let range = range(index)
    let hash = arena.withUnsafeBytes { arena in
      hashBytes(
        arena.baseAddress.map { $0 + range.lowerBound }
          ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped, range.count)
    }
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 { slot = (slot + 1) & mask }
    slots[slot] = Int32(truncatingIfNeeded: index)
  }

  private mutating func grow() {
    slots = Array(repeating: -1, count: tableCapacity(2 * ends.count))
    for index in ends.indices { place(index) }
  }
}

/// Whether two runs of `count` bytes are equal.
@inline(__always)
func equalBytes(_ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ count: Int) -> Bool {
  var offset = 0
  while offset + 8 <= count {
    let left = one.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    let right = other.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    if left != right { return false }
    offset += 8
  }
  while offset < count {
    let left = one.load(fromByteOffset: offset, as: UInt8.self)
    if left != other.load(fromByteOffset: offset, as: UInt8.self) { return false }
    offset += 1
  }
  return true
}
