/// CRC-32C (Castagnoli), the checksum of TFRecord files.
enum CRC32C {
  /// The checksum of `bytes`: 0xE3069283 for the ASCII digits 1 to 9.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// The checksum as TFRecord stores it: rotated and shifted, so that a checksum over data that
  /// holds checksums is still a good one.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let checksum = checksum(bytes)
    return (checksum >> 15 | checksum << 17) &+ 0xA282_EAD8
  }

  /// What each byte does to the remainder, for the reflected polynomial 0x82F63B78.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value >> 1 ^ (value & 1) * 0x82F6_3B78 }
  }
}
