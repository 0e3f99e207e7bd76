/// A fast hash of `count` bytes for the tables of this room; equal on every machine of one
/// byte order, never stored.
@inline(__always)
func hashBytes(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
  var hash = mixed(UInt64(truncatingIfNeeded: count) ^ 0x9E37_79B9_7F4A_7C15)
  if count >= 8 {
    var offset = 0
    while offset + 8 < count {
      hash = mixed(hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      offset += 8
    }
    // The last eight bytes overlap what was read; that costs nothing and needs no loop.
    return mixed(hash ^ bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
  }
  return mixed(hash ^ shortWord(bytes, count))
}

/// Up to seven bytes as one number.
@inline(__always)
private func shortWord(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
  if count >= 4 {
    let low = bytes.loadUnaligned(as: UInt32.self)
    let high = bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
    return UInt64(high) << 32 | UInt64(low)
  }
  var word: UInt64 = 0
  for index in 0..<count {
    word |= UInt64(bytes.load(fromByteOffset: index, as: UInt8.self)) << UInt64(8 * index)
  }
  return word
}

/// 64 bits of a 128-bit product, folded.
@inline(__always)
func mixed(_ value: UInt64) -> UInt64 {
  let product = value.multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
  return product.high ^ product.low
}

/// The least power of two that holds `count` entries at half load.
func tableCapacity(_ count: Int) -> Int {
  var capacity = 16
  while capacity < 2 * count { capacity *= 2 }
  return capacity
}
