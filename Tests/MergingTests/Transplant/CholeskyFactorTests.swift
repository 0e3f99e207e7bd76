import Testing

@testable import Merging

struct CholeskyFactorTests {
  /// Rows of a small matrix, so that G = rows · rowsᵀ.
  private let vectors: [[Double]] = [[2, 1, 0], [1, -1, 3], [0.5, 4, 1]]

  private func factor(of vectors: [[Double]]) -> (factor: CholeskyFactor, added: [Bool]) {
    var factor = CholeskyFactor()
    var kept: [[Double]] = []
    let added = vectors.map { vector in
      let isAdded = factor.append(
        products: kept.map { dot($0, vector) }, square: dot(vector, vector))
      if isAdded { kept.append(vector) }
      return isAdded
    }
    return (factor, added)
  }

  @Test func solvesWhatItFactors() {
    let x = [0.5, -2, 3]
    let b = vectors.map { row in
      dot(vectors.map { dot(row, $0) }, x)
    }
    for (found, wanted) in zip(factor(of: vectors).factor.solve(b), x) {
      #expect(abs(found - wanted) <= 1e-12, "three steps in double")
    }
  }

  @Test func refusesRowsThatDependOnOthers() {
    let sum = zip(vectors[0], vectors[1]).map { $0 + $1 }
    let result = factor(of: [vectors[0], vectors[1], sum, vectors[2]])
    #expect(result.added == [true, true, false, true])
    #expect(result.factor.count == 3)
  }

  @Test func takesTheFloorInsteadOfRefusing() {
    var factor = CholeskyFactor()
    let added = [
      factor.append(products: [], square: 4), factor.append(products: [4], square: 4, floor: 0.25),
    ]
    #expect(added == [true, true])
    #expect(factor.rows == [[2], [2, 0.5]])
  }

  @Test(arguments: [0, 1, 3, 4, 5, 11])
  func dotProductsHaveEveryTail(count: Int) {
    let a = (0..<count).map { Float($0) - 2 }
    let b = (0..<count).map { Double($0 % 3) + 0.5 }
    #expect(dot(a, b) == zip(a, b).reduce(0.0) { $0 + Double($1.0) * $1.1 })
  }
}
