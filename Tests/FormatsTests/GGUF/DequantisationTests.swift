import Formats
import Foundation
import Kernels
import TestSupport
import Testing

/// Decoding of every stored type against gguf-py.
struct DequantisationTests {
  static let folder = shared("goldens/gguf")
  static let types: [(name: String, dtype: DType)] = [
    ("F32", .f32), ("F16", .f16), ("BF16", .bf16), ("Q4_0", .q4_0), ("Q4_1", .q4_1),
    ("Q5_0", .q5_0), ("Q5_1", .q5_1), ("Q8_0", .q8_0), ("Q4_K", .q4_K), ("Q5_K", .q5_K),
    ("Q6_K", .q6_K),
  ]
  /// One product a value: nothing to round differently.
  static let exact: Set<DType> = [.f32, .f16, .bf16, .q4_0, .q5_0, .q8_0]

  @Test(.enabled(if: folder != nil), arguments: types.indices, ["", "special_"])
  func matchesTheReference(index: Int, prefix: String) throws {
    let (name, dtype) = Self.types[index]
    let folder = try #require(Self.folder)
    let golden = try SafetensorsFile(path: folder.appendingPathComponent("quants.safetensors").path)
    guard let wanted = golden.entry("\(name).\(prefix)f32") else { return }
    let raw = try golden.tensor("\(name).\(prefix)raw")
    let blocks = Tensor(
      shape: wanted.shape, dtype: dtype, storage: raw.storage, byteOffset: raw.byteOffset)
    try expect(
      dequantised(blocks), equals: golden.tensor("\(name).\(prefix)f32"),
      exactly: Self.exact.contains(dtype))
  }

  @Test(.enabled(if: folder != nil), arguments: types.indices)
  func matchesTheReferenceReadFromGGUF(index: Int) throws {
    let (name, dtype) = Self.types[index]
    let folder = try #require(Self.folder)
    let golden = try SafetensorsFile(path: folder.appendingPathComponent("quants.safetensors").path)
    let file = try GGUFFile(path: folder.appendingPathComponent("quants.gguf").path)
    let tensor = try file.tensor(name)
    #expect(tensor.dtype == dtype)
    try expect(
      dequantised(tensor), equals: golden.tensor("\(name).f32"), exactly: Self.exact.contains(dtype)
    )
  }

  @Test(.enabled(if: folder != nil), arguments: ["I8", "I16", "I32", "I64", "F64"])
  func readsPlainTypesAsTheyAre(name: String) throws {
    let folder = try #require(Self.folder)
    let golden = try SafetensorsFile(path: folder.appendingPathComponent("quants.safetensors").path)
    let file = try GGUFFile(path: folder.appendingPathComponent("quants.gguf").path)
    let (found, wanted) = (try file.tensor(name), try golden.tensor("\(name).values"))
    #expect(found.dtype == wanted.dtype && found.shape == wanted.shape)
    #expect(found.withBytes { Array($0) } == wanted.withBytes { Array($0) })
  }

  @Test func splitsOverThreadsWithoutAChange() {
    let rows = 70
    let tensor = Tensor(zeros: [rows, 4096], dtype: .q8_0)
    tensor.withBytes { bytes in
      let bytes = UnsafeMutableRawBufferPointer(mutating: bytes)
      for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 7) & 0x3F }
    }
    let whole = dequantised(tensor).floats()
    for row in 0..<rows {
      #expect(
        dequantised(tensor.rows(row..<row + 1)).floats()
          == Array(whole[row * 4096..<(row + 1) * 4096]))
    }
  }

  /// One block of every type, small enough to be decoded by hand.
  @Test func decodesBlocksDoneByHand() {
    let (half, one, two): ([UInt8], [UInt8], [UInt8]) = ([0, 0x38], [0, 0x3C], [0, 0x40])
    let codes = (0..<16).map { UInt8($0 | (15 - $0) << 4) }
    let up = (0..<16).map(Float.init)
    let values = up + up.reversed()
    check(
      .q8_0, half + (0..<32).map { UInt8(truncatingIfNeeded: $0 - 16) },
      (0..<32).map { Float($0 - 16) / 2 })
    check(.q4_0, two + codes, values.map { 2 * ($0 - 8) })
    check(.q4_1, two + one + codes, values.map { 2 * $0 + 1 })
    check(
      .q5_0, two + [0xFF, 0xFF, 0, 0] + codes,
      up.map { 2 * $0 } + up.reversed().map { 2 * ($0 - 16) })
    check(
      .q5_1, two + one + [0xFF, 0xFF, 0, 0] + codes,
      up.map { 2 * ($0 + 16) + 1 } + up.reversed().map { 2 * $0 + 1 })
    // Scale 1 and minimum 2 everywhere.
    let scales =
      Array(repeating: UInt8(1), count: 4) + Array(repeating: 2, count: 4)
      + Array(repeating: 0x21, count: 4)
    let pairs = [UInt8](repeating: 0x53, count: 128)
    let alternating = (0..<256).map { Float($0 / 32 % 2 == 0 ? 3 : 5) }
    check(.q4_K, one + one + scales + pairs, alternating.map { $0 - 2 })
    check(
      .q5_K, one + one + scales + [UInt8](repeating: 0xFF, count: 32) + pairs,
      alternating.map { $0 + 16 - 2 })
    let low = [UInt8](repeating: 0x21, count: 128)
    let wanted = (0..<256).map { Float(2 * (($0 % 128 < 64 ? 1 : 2) - 32)) }
    check(
      .q6_K, low + [UInt8](repeating: 0, count: 64) + [UInt8](repeating: 2, count: 16) + one, wanted
    )
  }

  private func check(_ dtype: DType, _ block: [UInt8], _ wanted: [Float]) {
    let tensor = Tensor(zeros: [wanted.count], dtype: dtype)
    tensor.withBytes { UnsafeMutableRawBufferPointer(mutating: $0).copyBytes(from: block) }
    #expect(dequantised(tensor).floats() == wanted, "\(dtype)")
  }

  private func expect(_ found: Tensor, equals wanted: Tensor, exactly: Bool) throws {
    #expect(found.shape == wanted.shape)
    let (found, wanted) = (found.floats(), wanted.floats())
    let largest = wanted.map(abs).filter(\.isFinite).max() ?? 0
    for (one, other) in zip(found, wanted) {
      if exactly || !other.isFinite {
        #expect(one == other || one.isNaN && other.isNaN, "\(one) \(other)")
      } else {
        #expect(abs(one - other) <= 1e-6 * largest, "\(one) \(other)")
      }
    }
  }
}
