/// The few pieces of protobuf's wire format that TensorBoard's events need.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func integer(_ field: Int, _ value: Int64) {
    varint(UInt64(field) << 3 | 0)
    varint(UInt64(bitPattern: value))
  }

  mutating func double(_ field: Int, _ value: Double) {
    varint(UInt64(field) << 3 | 1)
    bytes += littleEndianBytes(value.bitPattern)
  }

  mutating func float(_ field: Int, _ value: Float) {
    varint(UInt64(field) << 3 | 5)
    bytes += littleEndianBytes(value.bitPattern)
  }

  /// A string, or a message within the message.
  mutating func data(_ field: Int, _ content: some Collection<UInt8>) {
    varint(UInt64(field) << 3 | 2)
    varint(UInt64(content.count))
    bytes += content
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}

/// Reads fields one after the other; nil at the end and at anything malformed.
struct ProtobufReader {
  enum Value {
    case integer(Int64)
    case double(Double)
    case float(Float)
    case data(ArraySlice<UInt8>)
  }

  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func next() -> (field: Int, value: Value)? {
    guard let key = varint(), let value = value(wireType: key & 7) else { return nil }
    return (Int(truncatingIfNeeded: key >> 3), value)
  }

  private mutating func value(wireType: UInt64) -> Value? {
    switch wireType {
    case 0: varint().map { .integer(Int64(bitPattern: $0)) }
    case 1: take(8).map { .double(Double(bitPattern: littleEndian($0))) }
    case 2: varint().flatMap { take($0) }.map { .data($0) }
    case 5: take(4).map { .float(Float(bitPattern: littleEndian($0))) }
    default: nil
    }
  }

  private mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
    guard count <= UInt64(rest.count) else { return nil }
    defer { rest = rest.dropFirst(Int(count)) }
    return rest.prefix(Int(count))
  }

  private mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}

/// The bytes of `value`, least significant first.
func littleEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}

/// The integer whose bytes, least significant first, `bytes` begins with.
func littleEndian<Value: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>) -> Value {
  bytes.prefix(Value.bitWidth / 8).reversed().reduce(0) { $0 << 8 | Value(truncatingIfNeeded: $1) }
}
