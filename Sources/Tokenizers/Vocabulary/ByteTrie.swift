/// A prefix tree over bytes: which strings begin here? Nodes are numbered from 0, the root.
final class ByteTrie: @unchecked Sendable {
  // Invariant behind `@unchecked Sendable`: written by `init` only.
  private let keys: UnsafeMutablePointer<UInt64>
  private let mask: Int
  /// Value at every node, -1 where no string ends.
  private let values: [Int32]
  /// Node after each first byte, -1 when no string begins with it.
  let roots: [Int32]

  /// Strings with their values; of equal strings the last one's value counts.
  init(_ strings: [(bytes: [UInt8], value: Int32)]) {
    let size = strings.reduce(1) { $0 + $1.bytes.count }
    let capacity = tableCapacity(size)
    mask = capacity - 1
    keys = .allocate(capacity: 2 * capacity)
    keys.initialize(repeating: .max, count: 2 * capacity)
    var values: [Int32] = [-1]
    for string in strings {
      var node: UInt64 = 0
      for byte in string.bytes {
        let key = node << 8 | UInt64(byte)
        var slot = Int(truncatingIfNeeded: mixed(key)) & mask
        while keys[2 * slot] != .max && keys[2 * slot] != key { slot = (slot + 1) & mask }
        if keys[2 * slot] == .max {
          keys[2 * slot] = key
          keys[2 * slot + 1] = UInt64(values.count)
          values.append(-1)
        }
        node = keys[2 * slot + 1]
      }
      values[Int(node)] = string.value
    }
    self.values = values
    var roots = [Int32](repeating: -1, count: 256)
    for byte in 0..<256 {
      var slot = Int(truncatingIfNeeded: mixed(UInt64(byte))) & mask
      while keys[2 * slot] != .max && keys[2 * slot] != UInt64(byte) { slot = (slot + 1) & mask }
      if keys[2 * slot] != .max { roots[byte] = Int32(truncatingIfNeeded: keys[2 * slot + 1]) }
    }
    self.roots = roots
  }

  deinit { keys.deallocate() }

  /// The node reached from `node` over `byte`, -1 when there is none.
  @inline(__always)
  func child(_ node: Int32, _ byte: UInt8) -> Int32 {
    if node == 0 { return roots[Int(byte)] }
    let key = UInt64(node) << 8 | UInt64(byte)
    var slot = Int(truncatingIfNeeded: mixed(key)) & mask
    while true {
      let found = keys[2 * slot]
      if found == key { return Int32(truncatingIfNeeded: keys[2 * slot + 1]) }
      if found == .max { return -1 }
      slot = (slot + 1) & mask
    }
  }

  /// The value of the string that ends at `node`, -1 when none does.
  @inline(__always)
  func value(_ node: Int32) -> Int32 { values[Int(node)] }

  /// The longest string that `bytes` holds at `start`: its value and length.
  func longestMatch(
    _ bytes: UnsafeBufferPointer<UInt8>, at start: Int
  ) -> (value: Int32, length: Int)? {
    var node: Int32 = 0
    var best: (value: Int32, length: Int)?
    var position = start
    while position < bytes.count {
      node = child(node, bytes[position])
      if node < 0 { break }
      position += 1
      let value = value(node)
      if value >= 0 { best = (value, position - start) }
    }
    return best
  }
}
