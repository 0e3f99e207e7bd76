/// Length in bytes of the character that begins with `lead`. The text is valid UTF-8.
@inline(__always)
func utf8Length(_ lead: UInt8) -> Int {
  if lead < 0x80 { return 1 }
  if lead < 0xE0 { return 2 }
  return lead < 0xF0 ? 3 : 4
}

@inline(__always)
func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

/// The scalar that begins at `position` of valid UTF-8, and its length in bytes.
@inline(__always)
func decodeScalar(
  _ bytes: UnsafeBufferPointer<UInt8>, at position: Int
) -> (value: UInt32, length: Int) {
  let lead = UInt32(bytes[position])
  if lead < 0x80 { return (lead, 1) }
  let second = UInt32(bytes[position + 1]) & 0x3F
  if lead < 0xE0 { return ((lead & 0x1F) << 6 | second, 2) }
  let third = UInt32(bytes[position + 2]) & 0x3F
  if lead < 0xF0 { return ((lead & 0x0F) << 12 | second << 6 | third, 3) }
  let fourth = UInt32(bytes[position + 3]) & 0x3F
  return ((lead & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
}

extension [UInt8] {
  /// Appends the UTF-8 of a scalar value.
  mutating func appendScalar(_ value: UInt32) {
    switch value {
    case 0..<0x80: append(UInt8(truncatingIfNeeded: value))
    case 0x80..<0x800:
      append(UInt8(truncatingIfNeeded: 0xC0 | value >> 6))
      append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
    case 0x800..<0x10000:
      append(UInt8(truncatingIfNeeded: 0xE0 | value >> 12))
      append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
      append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
    default:
      append(UInt8(truncatingIfNeeded: 0xF0 | value >> 18))
      append(UInt8(truncatingIfNeeded: 0x80 | value >> 12 & 0x3F))
      append(UInt8(truncatingIfNeeded: 0x80 | value >> 6 & 0x3F))
      append(UInt8(truncatingIfNeeded: 0x80 | value & 0x3F))
    }
  }

  /// The scalar values of valid UTF-8.
  var scalarValues: [UInt32] {
    withUnsafeBufferPointer { bytes in
      var values: [UInt32] = []
      values.reserveCapacity(bytes.count)
      var position = 0
      while position < bytes.count {
        let (value, length) = decodeScalar(bytes, at: position)
        values.append(value)
        position += length
      }
      return values
    }
  }
}

/// UTF-8 bytes of a scalar value.
@inline(__always)
func utf8Width(_ value: UInt32) -> Int {
  value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4
}
