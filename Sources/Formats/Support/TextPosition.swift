/// Line and column, both from 1, of byte `offset`. A column counts bytes.
package func lineAndColumn(
  of offset: Int, in bytes: UnsafeRawBufferPointer
) -> (line: Int, column: Int) {
  var line = 1
  var lineStart = 0
  for (index, byte) in bytes.prefix(offset).enumerated() where byte == UInt8(ascii: "\n") {
    line += 1
    lineStart = index + 1
  }
  return (line, min(offset, bytes.count) - lineStart + 1)
}

/// Offset of the first byte that is not part of well-formed UTF-8, nil when all is.
package func firstInvalidUTF8(in bytes: UnsafeRawBufferPointer) -> Int? {
  var offset = 0
  while offset < bytes.count {
    guard let length = utf8Length(at: offset, in: bytes) else { return offset }
    offset += length
  }
  return nil
}

/// Bytes of the character at `offset`, nil when it is malformed (RFC 3629, table 3-7 of Unicode).
private func utf8Length(at offset: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
  let length: Int
  var second: ClosedRange<UInt8> = 0x80...0xBF
  switch bytes[offset] {
  case 0..<0x80: return 1
  case 0xC2...0xDF: length = 2
  case 0xE0: (length, second) = (3, 0xA0...0xBF)
  case 0xED: (length, second) = (3, 0x80...0x9F)
  case 0xE1...0xEF: length = 3
  case 0xF0: (length, second) = (4, 0x90...0xBF)
  case 0xF4: (length, second) = (4, 0x80...0x8F)
  case 0xF1...0xF3: length = 4
  default: return nil
  }
  guard bytes.count - offset >= length, second.contains(bytes[offset + 1]) else { return nil }
  for index in 2..<max(2, length) where bytes[offset + index] & 0xC0 != 0x80 { return nil }
  return length
}
