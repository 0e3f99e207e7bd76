/// The merges of a BPE model: a pair of token ids -> rank and the id they become.
final class MergeTable: @unchecked Sendable {
  // Invariant behind `@unchecked Sendable`: `insert` is only called while a model is being built.
  private var slots: UnsafeMutablePointer<(key: UInt64, value: UInt64)>
  private let mask: Int

  /// What `find` returns for a pair that does not merge; more than any real value.
  static let none = UInt64.max

  init(capacity: Int) {
    let size = tableCapacity(capacity)
    mask = size - 1
    slots = .allocate(capacity: size)
    slots.initialize(repeating: (Self.none, Self.none), count: size)
  }

  deinit { slots.deallocate() }

  /// Sets the merge of a pair; of a pair that comes twice the last one counts.
  func insert(_ left: Int32, _ right: Int32, rank: Int, id: Int32) {
    let key = Self.key(left, right)
    var slot = Self.slot(key) & mask
    while slots[slot].key != Self.none, slots[slot].key != key { slot = (slot + 1) & mask }
    slots[slot] = (key, UInt64(rank) << 32 | UInt64(UInt32(bitPattern: id)))
  }

  /// Rank (high half) and new id (low half) of a pair, `none` when it does not merge.
  @inline(__always)
  func find(_ left: Int32, _ right: Int32) -> UInt64 {
    let key = Self.key(left, right)
    var slot = Self.slot(key) & mask
    while true {
      let entry = slots[slot]
      if entry.key == key { return entry.value }
      if entry.key == Self.none { return Self.none }
      slot = (slot + 1) & mask
    }
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private static func slot(_ key: UInt64) -> Int {
    let hash = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: hash >> 29)
  }
}
