/// A number as C passes it. The raw value is its name in a signature.
public enum ForeignScalar: String, CaseIterable, Sendable {
  case f32, f64
  case i8, i16, i32, i64, isize
  case u8, u16, u32, u64, usize
  case bool
  /// One byte of text; `char*` is a buffer.
  case char

  public var isFloat: Bool { self == .f32 || self == .f64 }
  public var isInteger: Bool { !isFloat && self != .bool && self != .char }
  /// One byte, so that an array of it can hold text.
  public var isByte: Bool { self == .char || self == .u8 || self == .i8 }

  /// Bytes of one.
  var size: Int {
    switch self {
    case .i8, .u8, .bool, .char: 1
    case .i16, .u16: 2
    case .f32, .i32, .u32: 4
    case .f64, .i64, .u64, .isize, .usize: 8
    }
  }

  /// The kind by which the shim of libffi knows it.
  var kind: Int32 {
    switch self {
    case .f32: 1
    case .f64: 2
    case .i8, .char: 3
    case .i16: 4
    case .i32: 5
    case .i64, .isize: 6
    case .u8, .bool: 7
    case .u16: 8
    case .u32: 9
    case .u64, .usize: 10
    }
  }
}

/// A number of a row or a recipe, before it takes a C type.
public enum ForeignNumber: Sendable, Equatable, CustomStringConvertible {
  case whole(Int64)
  case real(Double)
  case flag(Bool)

  public var description: String {
    switch self {
    case .whole(let value): "\(value)"
    case .real(let value): "\(value)"
    case .flag(let value): "\(value)"
    }
  }

  /// The value as a floating-point number; a flag is 0 or 1.
  public var double: Double {
    switch self {
    case .whole(let value): Double(value)
    case .real(let value): value
    case .flag(let value): value ? 1 : 0
    }
  }
}

extension ForeignScalar {
  /// Whether `number` has this type without losing more than a float's rounding: whole numbers in
  /// range for integers, true and false for `bool`, any number for floats.
  public func accepts(_ number: ForeignNumber) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 8, alignment: 8) { bytes in
      bytes.baseAddress.map { store(number, at: $0) } ?? false
    }
  }

  /// Writes `number` as this type. False, with nothing written, where it does not fit.
  func store(_ number: ForeignNumber, at place: UnsafeMutableRawPointer) -> Bool {
    switch (self, number) {
    case (.bool, .flag(let flag)):
      place.storeBytes(of: flag ? 1 : 0, as: UInt8.self)
      return true
    case (.bool, _), (_, .flag): return false
    case (.f64, _):
      place.storeBytes(of: number.double, as: Double.self)
      return true
    case (.f32, _):
      let value = Float(number.double)
      guard value.isFinite || !number.double.isFinite else { return false }
      place.storeBytes(of: value, as: Float.self)
      return true
    case (.i8, _), (.char, _): return Self.store(number, as: Int8.self, at: place)
    case (.i16, _): return Self.store(number, as: Int16.self, at: place)
    case (.i32, _): return Self.store(number, as: Int32.self, at: place)
    case (.i64, _), (.isize, _): return Self.store(number, as: Int64.self, at: place)
    case (.u8, _): return Self.store(number, as: UInt8.self, at: place)
    case (.u16, _): return Self.store(number, as: UInt16.self, at: place)
    case (.u32, _): return Self.store(number, as: UInt32.self, at: place)
    case (.u64, _), (.usize, _): return Self.store(number, as: UInt64.self, at: place)
    }
  }

  private static func store<Value: FixedWidthInteger>(
    _ number: ForeignNumber, as type: Value.Type, at place: UnsafeMutableRawPointer
  ) -> Bool {
    let value: Value?
    switch number {
    case .whole(let whole): value = Value(exactly: whole)
    case .real(let real): value = Value(exactly: real)
    case .flag: value = nil
    }
    guard let value else { return false }
    place.storeBytes(of: value, as: Value.self)
    return true
  }

  /// The number of this type at `place`; integers past 64 signed bits become floating point.
  func load(_ place: UnsafeRawPointer) -> ForeignNumber {
    switch self {
    case .f32: .real(Double(place.loadUnaligned(as: Float.self)))
    case .f64: .real(place.loadUnaligned(as: Double.self))
    case .bool: .flag(place.loadUnaligned(as: UInt8.self) != 0)
    case .i8, .char: .whole(Int64(place.loadUnaligned(as: Int8.self)))
    case .i16: .whole(Int64(place.loadUnaligned(as: Int16.self)))
    case .i32: .whole(Int64(place.loadUnaligned(as: Int32.self)))
    case .i64, .isize: .whole(place.loadUnaligned(as: Int64.self))
    case .u8: .whole(Int64(place.loadUnaligned(as: UInt8.self)))
    case .u16: .whole(Int64(place.loadUnaligned(as: UInt16.self)))
    case .u32: .whole(Int64(place.loadUnaligned(as: UInt32.self)))
    case .u64, .usize: Self.number(place.loadUnaligned(as: UInt64.self))
    }
  }

  private static func number(_ value: UInt64) -> ForeignNumber {
    Int64(exactly: value).map { .whole($0) } ?? .real(Double(value))
  }

  /// What a call returned. libffi widens integers to a word, of which the low bits count.
  func loadResult(_ word: UnsafeRawPointer) -> ForeignNumber {
    if isFloat { return load(word) }
    let bits = word.loadUnaligned(as: UInt64.self)
    switch self {
    case .bool: return .flag(UInt8(truncatingIfNeeded: bits) != 0)
    case .i8, .char: return .whole(Int64(Int8(truncatingIfNeeded: bits)))
    case .i16: return .whole(Int64(Int16(truncatingIfNeeded: bits)))
    case .i32: return .whole(Int64(Int32(truncatingIfNeeded: bits)))
    case .u8: return .whole(Int64(UInt8(truncatingIfNeeded: bits)))
    case .u16: return .whole(Int64(UInt16(truncatingIfNeeded: bits)))
    case .u32: return .whole(Int64(UInt32(truncatingIfNeeded: bits)))
    case .u64, .usize: return Self.number(bits)
    default: return .whole(Int64(bitPattern: bits))
    }
  }
}
