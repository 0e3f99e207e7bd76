import Testing

@testable import Merging

struct GateConditionTests {
  @Test func knownMatrices() {
    #expect(conditionNumber(of: [[3, 0, 0]]) == 1)
    #expect(abs(conditionNumber(of: [[3, 0, 0], [0, 1, 0]]) - 3) < 1e-12)
    #expect(conditionNumber(of: [[1, 2], [2, 4]]) == .infinity)
    #expect(conditionNumber(of: [[0, 0], [0, 0]]) == .infinity)
    #expect(conditionNumber(of: []) == 1)
    // Singular values of [[1, 1], [0, 1]]: golden ratio and its inverse.
    let golden = (1 + 5.0.squareRoot()) / 2
    #expect(abs(conditionNumber(of: [[1, 1], [0, 1]]) - golden * golden) < 1e-12)
  }

  @Test func eigenvaluesKeepTraceAndSquares() {
    let n = 9
    let a: [[Double]] = (0..<n).map { i in
      (0..<n).map { j -> Double in Double((i * j + i + j) % 7) - 3 }
    }
    let values = symmetricEigenvalues(a)
    let trace = (0..<n).reduce(0) { $0 + a[$1][$1] }
    let squares = a.joined().reduce(0) { $0 + $1 * $1 }
    #expect(abs(values.reduce(0, +) - trace) < 1e-10)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } - squares) < 1e-9)
  }

  @Test func warnsByLayer() throws {
    let good: [[Float]] = [[1, 0], [0, 1]]
    let poor: [[Float]] = [[1, 0], [1, 0.1]]
    #expect(conditionWarning([good, good]) == nil)
    #expect(try #require(conditionWarning([good, poor])).contains("layer 1 "))
    #expect(try #require(conditionWarning([poor, poor])).contains("all layers"))
  }
}
