import Glibc
import Kernels

/// TensorBoard's files: TFRecord frames around events. A frame is the length (u64), its masked
/// CRC-32C, the message, and the message's masked CRC-32C, all little-endian.
enum EventFile {
  static let namePrefix = "events.out.tfevents."

  /// The name of a file begun at `wallTime` (seconds since 1970) by this process.
  static func name(wallTime: Double) -> String {
    let seconds = String(Int(wallTime))
    let padded = String(repeating: "0", count: max(0, 10 - seconds.count)) + seconds
    return "\(namePrefix)\(padded).\(Machine.hostName).\(getpid())"
  }

  /// `event` as a frame.
  static func frame(_ event: TensorBoardEvent) -> [UInt8] {
    let message = event.message
    let length = littleEndianBytes(UInt64(message.count))
    return length + littleEndianBytes(CRC32C.masked(length))
      + message + littleEndianBytes(CRC32C.masked(message))
  }

  /// The events of a file up to its end, or to the first frame that is cut short or damaged.
  static func events(_ bytes: [UInt8]) -> [TensorBoardEvent] {
    var events: [TensorBoardEvent] = []
    var rest = bytes[...]
    while let message = nextMessage(&rest) { events.append(TensorBoardEvent(message: message)) }
    return events
  }

  private static func nextMessage(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard rest.count >= 16 else { return nil }
    let length: UInt64 = littleEndian(rest)
    let lengthChecksum: UInt32 = littleEndian(rest.dropFirst(8))
    guard CRC32C.masked(rest.prefix(8)) == lengthChecksum, length <= UInt64(rest.count - 16) else {
      return nil
    }
    let message = rest.dropFirst(12).prefix(Int(length))
    let checksum: UInt32 = littleEndian(rest.dropFirst(12 + Int(length)))
    guard CRC32C.masked(message) == checksum else { return nil }
    rest = rest.dropFirst(16 + Int(length))
    return message
  }
}
