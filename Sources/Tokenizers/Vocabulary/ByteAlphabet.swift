/// GPT-2's alphabet: every byte as one printable character, so that byte-level tokens are text.
enum ByteAlphabet {
  /// The character of each byte.
  static let scalars: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0..<256).map { byte in
      if isItself(byte) { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? " "
    }
  }()

  /// The byte of each character up to U+0143, -1 where there is none.
  private static let bytes: [Int16] = {
    var bytes = [Int16](repeating: -1, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
    return bytes
  }()

  /// The byte that `scalar` stands for, nil when it is none of the alphabet.
  static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    guard scalar.value < 0x144 else { return nil }
    let byte = bytes[Int(scalar.value)]
    return byte < 0 ? nil : UInt8(truncatingIfNeeded: byte)
  }

  /// The bytes that a token stands for; nil when a character is not of the alphabet.
  static func bytes(of token: some Collection<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    result.reserveCapacity(token.count)
    return append(token, to: &result) ? result : nil
  }

  /// Appends the bytes that a token stands for; appends nothing and returns false when a
  /// character is not of the alphabet.
  static func append(_ token: some Collection<UInt8>, to result: inout [UInt8]) -> Bool {
    let count = result.count
    var lead: UInt32 = 0
    for byte in token {
      // Characters of the alphabet have one byte of UTF-8 or two.
      let value: UInt32
      if lead == 0, byte & 0xE0 == 0xC0 {
        lead = UInt32(byte & 0x1F)
        continue
      } else {
        value = lead == 0 ? UInt32(byte) : lead << 6 | UInt32(byte & 0x3F)
        lead = 0
      }
      guard byte < 0xC0, value < 0x144, bytes[Int(value)] >= 0, byte < 0x80 || value >= 0x80 else {
        result.removeLast(result.count - count)
        return false
      }
      result.append(UInt8(truncatingIfNeeded: bytes[Int(value)]))
    }
    return true
  }

  /// `bytes` spelled in the alphabet.
  static func text(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes { text.unicodeScalars.append(scalars[Int(byte)]) }
    return text
  }

  private static func isItself(_ byte: Int) -> Bool {
    (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
  }
}
