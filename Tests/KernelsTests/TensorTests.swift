import Testing

@testable import Kernels

@Suite struct TensorTests {
  @Test func viewsShareBytes() {
    let tensor = Tensor((0..<6).map { Float($0) }, shape: [3, 2])
    #expect(tensor.rows(1..<3).floats() == [2, 3, 4, 5])
    #expect(tensor.reshaped([2, 3]).rows(1..<2).floats() == [3, 4, 5])
    #expect(tensor.rows(2..<2).count == 0)
    #expect(tensor.copied().storage !== tensor.storage)
  }

  @Test func conversionRoundsToNearestEvenAndKeepsNaN() {
    let x = Tensor(
      [1, 1 + 0x1p-9, 1 + 0x1p-8, 1 + 3 * 0x1p-8, .infinity, .leastNonzeroMagnitude], shape: [6])
    let back = dequantised(x.converted(to: .bf16)).floats()
    #expect(back == [1, 1, 1, 1 + 0x1p-6, .infinity, 0])
    let nan = dequantised(Tensor([.nan], shape: [1]).converted(to: .f16)).floats()
    #expect(nan[0].isNaN)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 100, 200_000])
  func finiteMeansEveryValue(count: Int) {
    let tensor = values([count])
    #expect(tensor.isFinite)
    if count > 0 {
      tensor.floatPointer[count - 1] = .nan
      #expect(!tensor.isFinite)
    }
  }

  /// Memory that comes back from a freed tensor is zeroed when zeros are asked for.
  @Test func recycledMemoryIsZeroed() {
    for size in [10, 20_000, 1_000_000] {
      do {
        let tensor = Tensor(uninitialized: [size])
        tensor.floatPointer.update(repeating: 7, count: size)
      }
      #expect(Tensor(zeros: [size]).floats().allSatisfy { $0 == 0 })
    }
    releaseUnusedMemory()
  }

  @Test func arithmeticIsElementwise() {
    let (a, b) = (values([3, 40_000]), values([3, 40_000], seed: 2))
    let (x, y) = (a.floats(), b.floats())
    #expect(a.scaled(by: 2).floats() == x.map { 2 * $0 })
    #expect(a.multiplied(by: b).floats() == zip(x, y).map { $0 * $1 })
    expectClose(
      a.adding(b, times: 3).floats(), zip(x, y).map { $0 + 3 * $1 }, relative: 1e-7, floor: 4)
    #expect(a.floats() == x, "adding leaves self alone")
    let dot = zip(x, y).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    #expect(abs(a.dot(b) - dot) < 1e-3, "f32 sums of 4,096 terms")
  }

  @Test(arguments: [1, 15, 16, 100])
  func softmaxSumsToOne(width: Int) {
    let x = values([5, width], scale: 30)
    let (probs, logProbs) = (softmax(x).floats(), logSoftmax(x).floats())
    for row in 0..<5 {
      let sum = probs[row * width..<(row + 1) * width].reduce(0, +)
      #expect(abs(sum - 1) < 1e-5)
    }
    for (p, logP) in zip(probs, logProbs) {
      #expect(abs(Double(p) - exponential(Double(logP))) < 5e-6, "exp of an f32 up to 60")
    }
  }

  @Test func layoutsCountTokens() {
    let layout = SequenceLayout(lengths: [3, 0, 2])
    #expect(layout.offsets == [0, 3, 3, 5])
    #expect(layout.tokenCount == 5 && layout.count == 3)
    #expect(layout.positions == [0, 1, 2, 0, 1])
    #expect(layout.rows(of: 2) == 3..<5)
  }
}
