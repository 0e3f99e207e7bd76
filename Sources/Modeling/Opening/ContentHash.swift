/// A 128-bit fingerprint of bytes, for telling contents apart: fast, and no protection against
/// someone who wants two contents to collide.
struct ContentHash {
  // Four lanes of multiply and rotate (the scheme of xxHash64), so that the loop is not bound by
  // the latency of one multiplication.
  private var lanes: (UInt64, UInt64, UInt64, UInt64) = (
    0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9, 0x85EB_CA77_C2B2_AE63
  )
  private var byteCount: UInt64 = 0

  mutating func add(_ text: String) {
    var text = text
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    byteCount &+= UInt64(bytes.count)
    var offset = 0
    while offset + 32 <= bytes.count {
      mix(
        bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: offset + 16, as: UInt64.self),
        bytes.loadUnaligned(fromByteOffset: offset + 24, as: UInt64.self))
      offset += 32
    }
    var tail: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    withUnsafeMutableBytes(of: &tail) { tail in
      for index in offset..<bytes.count { tail[index - offset] = bytes[index] }
    }
    // The length keeps "ab" + "c" apart from "a" + "bc".
    mix(tail.0, tail.1, tail.2, tail.3)
    mix(UInt64(bytes.count), 0, 0, 0)
  }

  private mutating func mix(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) {
    lanes.0 = round(lanes.0, a)
    lanes.1 = round(lanes.1, b)
    lanes.2 = round(lanes.2, c)
    lanes.3 = round(lanes.3, d)
  }

  private func round(_ lane: UInt64, _ value: UInt64) -> UInt64 {
    let sum = lane &+ value &* 0xC2B2_AE3D_27D4_EB4F
    return (sum << 31 | sum >> 33) &* 0x9E37_79B1_85EB_CA87
  }

  /// 32 hexadecimal digits.
  var text: String {
    let high = finish(lanes.0 ^ (lanes.1 << 17 | lanes.1 >> 47) ^ byteCount)
    let low = finish(lanes.2 ^ (lanes.3 << 29 | lanes.3 >> 35) ^ high)
    return [high, low].map { value in
      let digits = String(value, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  private func finish(_ value: UInt64) -> UInt64 {
    var value = (value ^ (value >> 33)) &* 0xC2B2_AE3D_27D4_EB4F
    value = (value ^ (value >> 29)) &* 0x1656_67B1_9E37_79F9
    return value ^ (value >> 32)
  }
}
