import Testing

@testable import Kernels

/// Rows between float types, and means of rows.
struct RowCopyTests {
  @Test(arguments: [DType.f32, .bf16, .f16], [0, 1, 7, 1024, 1025])
  func widensExactly(dtype: DType, width: Int) {
    let values: [Float] = (0..<5 * width).map { Float($0 % 129) - 64 }  // exact in eight bits
    let source = Tensor(values, shape: [5, width]).converted(to: dtype)
    let floats = Tensor([Float](repeating: -1, count: 5 * width), shape: [5, width])
    source.copyRows(1..<4, to: floats, at: 2)
    #expect(floats.rows(2..<5).floats() == Array(values[width..<4 * width]))
    #expect(floats.rows(0..<2).floats().allSatisfy { $0 == -1 })

    let doubles = Tensor(zeros: [4, width], dtype: .f64)
    source.copyRows(0..<4, to: doubles, at: 0)
    let back = Tensor(zeros: [4, width])
    doubles.copyRows(0..<4, to: back, at: 0)
    #expect(back.floats() == Array(values[..<(4 * width)]))
  }

  @Test func roundsDoublesToNearestEven() {
    let mean = ColumnMean(width: 2)
    let rows = Tensor(zeros: [2, 2], dtype: .f64)
    let values: [Float] = [1, 1, 1 + 0x1p-23, 1 + 3 * 0x1p-23]
    Tensor(values, shape: [2, 2]).copyRows(0..<2, to: rows, at: 0)
    mean.add(rows, 0..<2)
    let rounded = Tensor(zeros: [1, 2])
    mean.mean().copyRows(0..<1, to: rounded, at: 0)
    // 1 + 2⁻²⁴ lies halfway and goes to the even 1; 1 + 3·2⁻²⁴ to the even 1 + 2⁻²².
    #expect(rounded.floats() == [1, 1 + 0x1p-22])
  }

  @Test func vectorsHaveRowsOfOneElement() {
    let vector = Tensor([1, 2, 3] as [Float], shape: [3])
    #expect(vector.rowElements == 1)
    let target = Tensor(zeros: [2, 1])
    vector.copyRows(1..<3, to: target, at: 0)
    #expect(target.floats() == [2, 3])
    target.clearRows(0..<1)
    #expect(target.floats() == [0, 3])
  }

  @Test(arguments: [1, 511, 512, 513, 2000]) func meansAreColumnSumsInOrder(width: Int) {
    let values = (0..<9 * width).map { Float($0 % 251) / 3 }
    let rows = Tensor(zeros: [9, width], dtype: .f64)
    Tensor(values, shape: [9, width]).copyRows(0..<9, to: rows, at: 0)
    let mean = ColumnMean(width: width)
    mean.add(rows, 0..<4)
    mean.add(rows, 4..<9)
    #expect(mean.count == 9)
    let got = mean.mean().withBytes { Array($0.bindMemory(to: Double.self)) }
    for column in 0..<width {
      let sum = (0..<9).reduce(0.0) { $0 + Double(values[$1 * width + column]) }
      #expect(got[column] == sum / 9)
    }
  }

  @Test func aMeanOfNothingIsZero() {
    let mean = ColumnMean(width: 3).mean()
    #expect(mean.withBytes { $0.allSatisfy { $0 == 0 } })
  }
}
