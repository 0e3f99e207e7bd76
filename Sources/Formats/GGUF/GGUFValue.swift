/// A metadata value of a GGUF file, with the type the file gives it.
public enum GGUFValue: Sendable, Equatable {
  case uint8(UInt8), int8(Int8), uint16(UInt16), int16(Int16), uint32(UInt32), int32(Int32)
  case uint64(UInt64), int64(Int64), float32(Float), float64(Double), bool(Bool), string(String)
  case array(GGUFArray)
}

/// An array of one element type, stored as densely as in the file.
public enum GGUFArray: Sendable, Equatable {
  case uint8([UInt8]), int8([Int8]), uint16([UInt16]), int16([Int16]), uint32([UInt32])
  case int32([Int32]), uint64([UInt64]), int64([Int64]), float32([Float]), float64([Double])
  case bool([Bool]), string([String])

  public var count: Int {
    switch self {
    case .uint8(let v): v.count
    case .int8(let v): v.count
    case .uint16(let v): v.count
    case .int16(let v): v.count
    case .uint32(let v): v.count
    case .int32(let v): v.count
    case .uint64(let v): v.count
    case .int64(let v): v.count
    case .float32(let v): v.count
    case .float64(let v): v.count
    case .bool(let v): v.count
    case .string(let v): v.count
    }
  }
}

/// The number that stands for a value's type in the file.
enum GGUFValueType: UInt32, CaseIterable {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array
  case uint64, int64, float64

  /// Bytes of one element; of strings the length before them.
  var smallestBytes: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}

extension GGUFValue {
  /// A whole number of any width; nil for other kinds and for what an Int cannot hold.
  public var int: Int? {
    switch self {
    case .uint8(let v): Int(v)
    case .int8(let v): Int(v)
    case .uint16(let v): Int(v)
    case .int16(let v): Int(v)
    case .uint32(let v): Int(v)
    case .int32(let v): Int(v)
    case .uint64(let v): Int(exactly: v)
    case .int64(let v): Int(v)
    default: nil
    }
  }

  /// Any number.
  public var double: Double? {
    switch self {
    case .float32(let v): Double(v)
    case .float64(let v): v
    default: int.map(Double.init)
    }
  }

  public var bool: Bool? { if case .bool(let v) = self { v } else { nil } }
  public var string: String? { if case .string(let v) = self { v } else { nil } }
  public var array: GGUFArray? { if case .array(let v) = self { v } else { nil } }
  public var strings: [String]? { if case .array(.string(let v)) = self { v } else { nil } }
  public var floats: [Float]? { if case .array(.float32(let v)) = self { v } else { nil } }

  /// An array of whole numbers of any width, nil when one does not fit an Int.
  public var ints: [Int]? {
    guard case .array(let array) = self else { return nil }
    switch array {
    case .uint8(let v): return v.map(Int.init)
    case .int8(let v): return v.map(Int.init)
    case .uint16(let v): return v.map(Int.init)
    case .int16(let v): return v.map(Int.init)
    case .uint32(let v): return v.map(Int.init)
    case .int32(let v): return v.map(Int.init)
    case .int64(let v): return v.map(Int.init)
    case .uint64(let v):
      let numbers = v.compactMap(Int.init(exactly:))
      return numbers.count == v.count ? numbers : nil
    default: return nil
    }
  }

  public var bools: [Bool]? { if case .array(.bool(let v)) = self { v } else { nil } }

  /// The type as GGUF calls it: `u32`, `string`, `array of f32`.
  public var typeName: String {
    switch self {
    case .uint8: "u8"
    case .int8: "i8"
    case .uint16: "u16"
    case .int16: "i16"
    case .uint32: "u32"
    case .int32: "i32"
    case .uint64: "u64"
    case .int64: "i64"
    case .float32: "f32"
    case .float64: "f64"
    case .bool: "bool"
    case .string: "string"
    case .array(let array): "array of " + array.elementName
    }
  }
}

extension GGUFArray {
  var elementName: String {
    switch self {
    case .uint8: "u8"
    case .int8: "i8"
    case .uint16: "u16"
    case .int16: "i16"
    case .uint32: "u32"
    case .int32: "i32"
    case .uint64: "u64"
    case .int64: "i64"
    case .float32: "f32"
    case .float64: "f64"
    case .bool: "bool"
    case .string: "string"
    }
  }
}
