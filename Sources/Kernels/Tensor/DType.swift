/// How the elements of a tensor lie in memory.
///
/// Quantised types store blocks of `blockElements` values in `blockBytes` bytes, laid out as in
/// GGUF; all others have blocks of one.
public enum DType: UInt8, Sendable, CaseIterable, Codable {
  case f64, f32, bf16, f16
  case i64, i32, i16, i8, u8, bool
  case q4_0, q4_1, q5_0, q5_1, q8_0
  case q4_K, q5_K, q6_K

  /// Values in one block.
  public var blockElements: Int {
    switch self {
    case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0: 32
    case .q4_K, .q5_K, .q6_K: 256
    default: 1
    }
  }

  /// Bytes of one block.
  public var blockBytes: Int {
    switch self {
    case .f64, .i64: 8
    case .f32, .i32: 4
    case .bf16, .f16, .i16: 2
    case .i8, .u8, .bool: 1
    case .q4_0: 18
    case .q4_1: 20
    case .q5_0: 22
    case .q5_1: 24
    case .q8_0: 34
    case .q4_K: 144
    case .q5_K: 176
    case .q6_K: 210
    }
  }

  public var isQuantised: Bool { blockElements > 1 }

  public var isFloatingPoint: Bool {
    switch self {
    case .f64, .f32, .bf16, .f16: true
    default: isQuantised
    }
  }

  /// Bytes that `shape` takes, nil when a dimension is negative, the product overflows, or the
  /// last dimension is not a whole number of blocks.
  public func byteCount(shape: [Int]) -> Int? {
    guard let elements = checkedProduct(shape) else { return nil }
    if blockElements > 1 {
      guard let width = shape.last, width % blockElements == 0 else { return nil }
    }
    let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
    return overflow ? nil : bytes
  }
}

/// The product of `factors`, nil when one is negative or the product overflows. 1 when empty.
public func checkedProduct(_ factors: [Int]) -> Int? {
  var product = 1
  for factor in factors {
    if factor < 0 { return nil }
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    if overflow { return nil }
    product = next
  }
  return product
}
