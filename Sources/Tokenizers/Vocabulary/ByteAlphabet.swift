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
    for scalar in String(decoding: token, as: UTF8.self).unicodeScalars {
      guard let byte = byte(scalar) else { return nil }
      result.append(byte)
    }
    return result
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
