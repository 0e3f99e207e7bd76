import CKernels
import Testing

@testable import Kernels

@Suite struct MatrixTests {
  @Test(arguments: [DType.f64, .f32, .bf16, .f16])
  func tensorsComeBackAsTheyWere(dtype: DType) {
    let tensor = normal(3, 5).tensor(dtype)
    let again = Matrix(tensor).tensor(dtype)
    #expect(again.dtype == dtype && again.shape == [3, 5])
    #expect(tensor.withBytes { Array($0) } == again.withBytes { Array($0) })
  }

  @Test func readsVectorsAndHigherRanks() {
    let tensor = Tensor((0..<24).map { Float($0) }, shape: [2, 3, 4])
    #expect(Matrix(tensor).rows == 6)
    #expect(Matrix(tensor, shape: (2, 12)).row(1) == (12..<24).map(Double.init))
    #expect(Matrix(Tensor([1, 2, 3] as [Float], shape: [3])).values == [1, 2, 3])
    #expect(Matrix(tensor).tensor(.f32, shape: [2, 3, 4]).floats() == tensor.floats())
  }

  @Test func readsQuantisedBlocks() {
    // One q8_0 block: scale 0.5 as f16 (0x3800), then 32 signed bytes.
    let bytes: [UInt8] = [0x00, 0x38] + (0..<32).map { UInt8(bitPattern: Int8($0) - 16) }
    let tensor = Tensor(zeros: [1, 32], dtype: .q8_0)
    bytes.withUnsafeBytes {
      tensor.rawPointer.copyMemory(from: $0.baseAddress!, byteCount: $0.count)
    }
    #expect(Matrix(tensor).values == (0..<32).map { 0.5 * Double($0 - 16) })
  }

  @Test func copiesAreValues() {
    let original = normal(2, 2)
    var copy = original
    copy[1, 0] = 9
    #expect(copy[1, 0] == 9 && original[1, 0] != 9)
    #expect(copy.row(0) == original.row(0) && copy.column(1) == original.column(1))
  }

  @Test(arguments: matrixShapes)
  func productsAgreeWithPlainLoops(shape: [Int]) {
    let (m, n) = (shape[0], shape[1])
    for k in [0, 1, 9, 40] {
      for (left, right) in [(false, false), (true, false), (false, true), (true, true)] {
        let a = left ? normal(k, m) : normal(m, k)
        let b = right ? normal(n, k, seed: 2) : normal(k, n, seed: 2)
        let product = a.times(b, transposeSelf: left, transposeOther: right)
        let twin = Matrix(zeros: m, by: n)
        ck_dgemm_own(
          left, right, m, n, k, a.pointer, max(1, a.columns), b.pointer, max(1, b.columns), 0,
          twin.pointer, max(1, n))
        #expect(distance(product, twin) < rounding, "\(m)×\(k)×\(n) \(left) \(right)")
        guard m > 0, n > 0 else { continue }
        let x = left ? a.column(m - 1) : a.row(m - 1)
        let y = right ? b.row(n - 1) : b.column(n - 1)
        let sum = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product[m - 1, n - 1] - sum) < rounding)
      }
    }
  }

  @Test func bigProductsSplitOverThreads() {
    let (a, b) = (normal(150, 90), normal(90, 131, seed: 2))
    let twin = Matrix(zeros: 150, by: 131)
    ck_dgemm_own(false, false, 150, 131, 90, a.pointer, 90, b.pointer, 131, 0, twin.pointer, 131)
    #expect(distance(a.times(b), twin) < rounding)
    #expect(distance(b.transposed.times(a.transposed), twin.transposed) < rounding)
  }

  @Test(arguments: matrixShapes)
  func slicesAndTransposesPutElementsInPlace(shape: [Int]) {
    let a = normal(shape[0], shape[1])
    #expect(a.transposed.transposed == a)
    let (middle, half) = (a.rows / 2, a.columns / 3)
    #expect(
      Matrix.concatenated(columns: [
        a.slice(columns: 0..<half), a.slice(columns: half..<a.columns),
      ]) == a)
    #expect(
      Matrix.concatenated(rows: [a.slice(rows: 0..<middle), a.slice(rows: middle..<a.rows)]) == a)
    for row in 0..<a.rows { #expect(a.transposed.column(row) == a.row(row)) }
  }

  @Test func elementwiseArithmetic() {
    let (a, b) = (
      Matrix(rows: 2, columns: 2, values: [1, 2, 3, 4]),
      Matrix(rows: 2, columns: 2, values: [5, -6, 7, 0.5])
    )
    #expect((a + b).values == [6, -4, 10, 4.5])
    #expect((a - b).values == [-4, 8, -4, 3.5])
    #expect((2 * a).values == [2, 4, 6, 8] && (a * 2) == (2 * a))
    #expect(a.scalingRows(by: [2, 3]).values == [2, 4, 9, 12])
    #expect(a.scalingColumns(by: [2, 3]).values == [2, 6, 6, 12])
    #expect(a.squaredNorm == 30 && normal(3, 7).frobeniusNorm > 0)
    #expect(Matrix(identity: 2).times(a) == a)
  }
}
