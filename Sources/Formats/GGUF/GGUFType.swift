internal import Kernels

/// A tensor type of GGUF: its number, and how its values lie in blocks.
struct GGUFType: Equatable {
  let number: UInt32
  let name: String
  let blockElements: Int
  let blockBytes: Int
  /// The type of the tensor core that holds it; nil when this build cannot compute with it.
  let dtype: DType?

  private init(
    _ number: UInt32, _ name: String, _ blockElements: Int, _ blockBytes: Int,
    _ dtype: DType? = nil
  ) {
    self.number = number
    self.name = name
    self.blockElements = blockElements
    self.blockBytes = blockBytes
    self.dtype = dtype
  }

  static let known: [GGUFType] = [
    .init(0, "F32", 1, 4, .f32), .init(1, "F16", 1, 2, .f16), .init(30, "BF16", 1, 2, .bf16),
    .init(28, "F64", 1, 8, .f64), .init(24, "I8", 1, 1, .i8), .init(25, "I16", 1, 2, .i16),
    .init(26, "I32", 1, 4, .i32), .init(27, "I64", 1, 8, .i64),
    .init(2, "Q4_0", 32, 18, .q4_0), .init(3, "Q4_1", 32, 20, .q4_1),
    .init(6, "Q5_0", 32, 22, .q5_0), .init(7, "Q5_1", 32, 24, .q5_1),
    .init(8, "Q8_0", 32, 34, .q8_0), .init(12, "Q4_K", 256, 144, .q4_K),
    .init(13, "Q5_K", 256, 176, .q5_K), .init(14, "Q6_K", 256, 210, .q6_K),
    .init(9, "Q8_1", 32, 36), .init(10, "Q2_K", 256, 84), .init(11, "Q3_K", 256, 110),
    .init(15, "Q8_K", 256, 292), .init(16, "IQ2_XXS", 256, 66), .init(17, "IQ2_XS", 256, 74),
    .init(18, "IQ3_XXS", 256, 98), .init(19, "IQ1_S", 256, 50), .init(20, "IQ4_NL", 32, 18),
    .init(21, "IQ3_S", 256, 110), .init(22, "IQ2_S", 256, 82), .init(23, "IQ4_XS", 256, 136),
    .init(29, "IQ1_M", 256, 56), .init(34, "TQ1_0", 256, 54), .init(35, "TQ2_0", 256, 66),
    .init(39, "MXFP4", 32, 17), .init(40, "NVFP4", 64, 36),
  ]

  /// Types that early files had and no program reads any more.
  static let removed: [UInt32: String] = [
    4: "Q4_2", 5: "Q4_3", 31: "Q4_0_4_4", 32: "Q4_0_4_8", 33: "Q4_0_8_8", 36: "IQ4_NL_4_4",
    37: "IQ4_NL_4_8", 38: "IQ4_NL_8_8",
  ]

  static func numbered(_ number: UInt32) -> GGUFType? { known.first { $0.number == number } }

  /// Bytes of `elements` values, nil on overflow. Rows are whole blocks, which is checked before.
  func byteCount(elements: Int) -> Int? {
    let (bytes, overflow) = (elements / blockElements).multipliedReportingOverflow(by: blockBytes)
    return overflow ? nil : bytes
  }
}
