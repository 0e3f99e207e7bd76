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
