import Testing

@testable import Kernels

@Suite struct SVDTests {
  @Test(arguments: matrixShapes, LinearRoutine.allCases)
  func thinFactorsAreOrthonormalAndGiveTheMatrix(shape: [Int], routine: LinearRoutine) throws {
    let a = normal(shape[0], shape[1])
    let svd = try a.svd(full: false, by: routine)
    let smaller = min(a.rows, a.columns)
    #expect(svd.u.rows == a.rows && svd.u.columns == smaller)
    #expect(svd.vT.rows == smaller && svd.vT.columns == a.columns)
    #expect(svd.s == svd.s.sorted(by: >) && svd.s.allSatisfy { $0 >= 0 })
    #expect(distance(svd.product, a) < rounding)
    #expect(defect(ofColumns: svd.u) < rounding)
    #expect(defect(ofColumns: svd.vT.transposed) < rounding)
  }

  @Test(arguments: matrixShapes, LinearRoutine.allCases)
  func fullFactorsAreSquare(shape: [Int], routine: LinearRoutine) throws {
    let a = normal(shape[0], shape[1])
    let svd = try a.svd(full: true, by: routine)
    #expect(svd.u.rows == a.rows && svd.u.columns == a.rows)
    #expect(svd.vT.rows == a.columns && svd.vT.columns == a.columns)
    #expect(distance(svd.product, a) < rounding)
    #expect(defect(ofColumns: svd.u) < rounding)
    #expect(defect(ofColumns: svd.vT.transposed) < rounding)
  }

  @Test(arguments: [[20, 12], [12, 20], [15, 15]], LinearRoutine.allCases)
  func deficientMatricesKeepOrthonormalFactors(shape: [Int], routine: LinearRoutine) throws {
    for rank in [0, 1, 4] {
      let a = deficient(shape[0], shape[1], rank: rank)
      let svd = try a.svd(full: true, by: routine)
      #expect(svd.rank() == rank)
      #expect(distance(svd.product, a) < rounding)
      #expect(defect(ofColumns: svd.u) < rounding)
      #expect(defect(ofColumns: svd.vT.transposed) < rounding)
    }
  }

  @Test(arguments: matrixShapes)
  func ownCodeAgreesWithTheLibrary(shape: [Int]) throws {
    let a = normal(shape[0], shape[1])
    let (own, library) = (
      try a.svd(full: false, by: .own), try a.svd(full: false, by: .library)
    )
    for (one, other) in zip(own.s, library.s) { #expect(abs(one - other) < rounding * own.s[0]) }
    // Signs are free, but each pair of vectors has one sign.
    for index in own.s.indices {
      let one = own.u.slice(columns: index..<index + 1).times(own.vT.slice(rows: index..<index + 1))
      let other = library.u.slice(columns: index..<index + 1).times(
        library.vT.slice(rows: index..<index + 1))
      // Singular values of a normal matrix lie apart, which amplifies rounding by 1 / gap.
      #expect(distance(one, other) < 1e-9)
    }
  }

  @Test(arguments: LinearRoutine.allCases)
  func sizesFarFromOneAreExact(routine: LinearRoutine) throws {
    for scale in [1e-200, 1e200] {
      let svd = try (Matrix(rows: 2, columns: 2, values: [0, 3, 4, 0]) * scale).svd(
        full: false, by: routine)
      #expect(abs(svd.s[0] / scale - 4) < rounding && abs(svd.s[1] / scale - 3) < rounding)
    }
  }

  @Test func refusesWhatIsNotFinite() {
    let a = Matrix(rows: 1, columns: 2, values: [1, .nan])
    #expect(throws: Problem.self) { try a.svd() }
    #expect(throws: Problem.self) { try (a * .infinity).symmetricEigen() }
    #expect(throws: Problem.self) { try a.qr() }
    #expect(throws: Problem.self) { try a.truncatedSVD(rank: 1, rng: CounterRNG(seed: 1)) }
  }

  @Test(arguments: [[9, 4], [4, 9], [6, 6]])
  func polarFactorIsTheNearestIsometry(shape: [Int]) throws {
    let a = normal(shape[0], shape[1])
    let polar = try a.polarFactor()
    let tall = polar.rows >= polar.columns ? polar : polar.transposed
    #expect(defect(ofColumns: tall) < rounding)
    // The other factor, polarᵀ · A (A · polarᵀ when wide), is symmetric with eigenvalues ≥ 0.
    let symmetric =
      a.rows >= a.columns
      ? polar.times(a, transposeSelf: true) : a.times(polar, transposeOther: true)
    #expect(distance(symmetric, symmetric.transposed) < rounding)
    #expect(try symmetric.symmetricEigen().values.allSatisfy { $0 > -rounding })
  }

  @Test func polarFactorDropsNullDirections() throws {
    let polar = try deficient(8, 6, rank: 2).polarFactor()
    #expect(abs(polar.squaredNorm - 2) < rounding, "a partial isometry of rank 2")
    #expect(try Matrix(zeros: 3, by: 2).polarFactor() == Matrix(zeros: 3, by: 2))
  }

  @Test(arguments: [[30, 5], [5, 5], [5, 30]])
  func leastSquaresSolvesTheNormalEquations(shape: [Int]) throws {
    let (a, b) = (normal(shape[0], shape[1]), normal(shape[0], 3, seed: 2))
    let x = try a.leastSquares(b)
    let residual = a.times(x) - b
    #expect(a.times(residual, transposeSelf: true).frobeniusNorm < 1e-11)
  }

  @Test func leastSquaresOfDeficientMatricesHasLeastNorm() throws {
    let (a, b) = (deficient(10, 6, rank: 3), normal(10, 1, seed: 7))
    let x = try a.leastSquares(b)
    #expect(a.times(a.times(x) - b, transposeSelf: true).frobeniusNorm < 1e-11)
    // Nothing of x lies in the null space of A.
    let null = try a.fullSVD().vT.slice(rows: 3..<6)
    #expect(null.times(x).frobeniusNorm < 1e-11)
    #expect(throws: Problem.self) { try a.leastSquares(normal(9, 1)) }
  }
}
