internal import Kernels

/// An element type that the safetensors format knows.
struct SafetensorsType: Equatable {
  let name: String
  let bits: Int
  /// The type of the tensor core that holds it; nil when this build cannot compute with it.
  let dtype: DType?

  static let known: [SafetensorsType] = [
    .init(name: "BOOL", bits: 8, dtype: .bool), .init(name: "U8", bits: 8, dtype: .u8),
    .init(name: "I8", bits: 8, dtype: .i8), .init(name: "I16", bits: 16, dtype: .i16),
    .init(name: "F16", bits: 16, dtype: .f16), .init(name: "BF16", bits: 16, dtype: .bf16),
    .init(name: "I32", bits: 32, dtype: .i32), .init(name: "F32", bits: 32, dtype: .f32),
    .init(name: "F64", bits: 64, dtype: .f64), .init(name: "I64", bits: 64, dtype: .i64),
    .init(name: "U16", bits: 16, dtype: nil), .init(name: "U32", bits: 32, dtype: nil),
    .init(name: "U64", bits: 64, dtype: nil), .init(name: "C64", bits: 64, dtype: nil),
    .init(name: "F4", bits: 4, dtype: nil), .init(name: "F6_E2M3", bits: 6, dtype: nil),
    .init(name: "F6_E3M2", bits: 6, dtype: nil), .init(name: "F8_E5M2", bits: 8, dtype: nil),
    .init(name: "F8_E4M3", bits: 8, dtype: nil), .init(name: "F8_E8M0", bits: 8, dtype: nil),
    .init(name: "F8_E4M3FNUZ", bits: 8, dtype: nil),
    .init(name: "F8_E5M2FNUZ", bits: 8, dtype: nil),
  ]

  static func named(_ name: String) -> SafetensorsType? { known.first { $0.name == name } }
  static func of(_ dtype: DType) -> SafetensorsType? { known.first { $0.dtype == dtype } }

  /// Bytes of `shape`, nil when the product overflows or does not end on a byte.
  func byteCount(_ shape: [Int]) -> Int? {
    guard let elements = checkedProduct(shape) else { return nil }
    let (total, overflow) = elements.multipliedReportingOverflow(by: bits)
    return overflow || total % 8 != 0 ? nil : total / 8
  }
}
