internal import Kernels

/// Walks the header of a GGUF file; every length is compared with the bytes that are left before
/// anything is allocated.
struct GGUFCursor {
  static let longestString = 1 << 30
  static let longestArray = 1 << 30

  let bytes: UnsafeRawBufferPointer
  let path: String
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer, path: String) {
    self.bytes = bytes
    self.path = path
  }

  var remaining: Int { bytes.count - position }

  mutating func number<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ what: String
  ) throws(Problem) -> T {
    let size = MemoryLayout<T>.size
    guard remaining >= size else { throw cut(what) }
    defer { position += size }
    return T(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: T.self))
  }

  /// A count of things that take `smallest` bytes each at least.
  mutating func count(_ what: String, smallest: Int) throws(Problem) -> Int {
    let start = position
    let announced = try number(UInt64.self, what)
    guard announced <= UInt64(remaining / smallest) else {
      throw problem("\(what) is \(announced), the file has only \(remaining) bytes left", at: start)
    }
    return Int(announced)
  }

  mutating func string(_ what: String) throws(Problem) -> String {
    let start = position
    let length = try count("the length of \(what)", smallest: 1)
    guard length <= Self.longestString else {
      throw problem("\(what) has \(length) bytes, more than \(Self.longestString)", at: start)
    }
    let part = UnsafeRawBufferPointer(rebasing: bytes[position..<position + length])
    guard let text = String(validating: part, as: UTF8.self) else {
      throw problem("\(what) is not UTF-8", at: position + (firstInvalidUTF8(in: part) ?? 0))
    }
    position += length
    return text
  }

  mutating func valueType(_ what: String) throws(Problem) -> GGUFValueType {
    let start = position
    let number = try number(UInt32.self, what)
    guard let type = GGUFValueType(rawValue: number) else {
      throw problem(
        "\(what) has value type \(number)", at: start, expected: "a type from 0 to 12")
    }
    return type
  }

  mutating func value(_ what: String) throws(Problem) -> GGUFValue {
    switch try valueType(what) {
    case .uint8: .uint8(try number(UInt8.self, what))
    case .int8: .int8(try number(Int8.self, what))
    case .uint16: .uint16(try number(UInt16.self, what))
    case .int16: .int16(try number(Int16.self, what))
    case .uint32: .uint32(try number(UInt32.self, what))
    case .int32: .int32(try number(Int32.self, what))
    case .uint64: .uint64(try number(UInt64.self, what))
    case .int64: .int64(try number(Int64.self, what))
    case .float32: .float32(Float(bitPattern: try number(UInt32.self, what)))
    case .float64: .float64(Double(bitPattern: try number(UInt64.self, what)))
    case .bool: .bool(try flag(what))
    case .string: .string(try string(what))
    case .array: .array(try array(what))
    }
  }

  private mutating func flag(_ what: String) throws(Problem) -> Bool {
    let byte = try number(UInt8.self, what)
    guard byte <= 1 else {
      throw problem("\(what) is a boolean of \(byte)", at: position - 1, expected: "0 or 1")
    }
    return byte == 1
  }

  private mutating func array(_ what: String) throws(Problem) -> GGUFArray {
    let start = position
    let type = try valueType(what)
    guard type != .array else {
      throw problem("\(what) is an array of arrays, which is not supported", at: start)
    }
    let count = try count("the length of \(what)", smallest: type.smallestBytes)
    guard count <= Self.longestArray else {
      throw problem("\(what) has \(count) elements, more than \(Self.longestArray)", at: start)
    }
    switch type {
    case .uint8: return .uint8(try numbers(count, UInt8.self, what))
    case .int8: return .int8(try numbers(count, Int8.self, what))
    case .uint16: return .uint16(try numbers(count, UInt16.self, what))
    case .int16: return .int16(try numbers(count, Int16.self, what))
    case .uint32: return .uint32(try numbers(count, UInt32.self, what))
    case .int32: return .int32(try numbers(count, Int32.self, what))
    case .uint64: return .uint64(try numbers(count, UInt64.self, what))
    case .int64: return .int64(try numbers(count, Int64.self, what))
    case .float32:
      return .float32(try numbers(count, UInt32.self, what).map(Float.init(bitPattern:)))
    case .float64:
      return .float64(try numbers(count, UInt64.self, what).map(Double.init(bitPattern:)))
    case .bool: return .bool(try flags(count, what))
    case .string, .array: return .string(try strings(count, what))
    }
  }

  private mutating func numbers<T: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, _ type: T.Type, _ what: String
  ) throws(Problem) -> [T] {
    var numbers: [T] = []
    numbers.reserveCapacity(count)
    for _ in 0..<count { numbers.append(try number(T.self, what)) }
    return numbers
  }

  private mutating func flags(_ count: Int, _ what: String) throws(Problem) -> [Bool] {
    var flags: [Bool] = []
    for _ in 0..<count { flags.append(try flag(what)) }
    return flags
  }

  private mutating func strings(_ count: Int, _ what: String) throws(Problem) -> [String] {
    var strings: [String] = []
    strings.reserveCapacity(count)
    for index in 0..<count { strings.append(try string("\(what)[\(index)]")) }
    return strings
  }

  func problem(
    _ what: String, at offset: Int, expected: String? = nil, hint: String? = nil
  ) -> Problem {
    Problem(.badData, at: "\(path): byte \(offset)", what, expected: expected, hint: hint)
  }

  private func cut(_ what: String) -> Problem {
    problem(
      "the file ends within \(what)", at: bytes.count, hint: "it is cut short, fetch it again")
  }
}
