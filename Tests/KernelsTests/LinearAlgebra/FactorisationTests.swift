import Testing

@testable import Kernels

@Suite struct FactorisationTests {
  private func symmetric(_ size: Int) -> Matrix {
    let a = normal(size, size)
    return a + a.transposed
  }

  private func positive(_ size: Int) -> Matrix {
    let a = normal(size, size + 3)
    return a.times(a, transposeOther: true)
  }

  @Test(arguments: [0, 1, 2, 5, 33], LinearRoutine.allCases)
  func eigenvectorsDiagonalise(size: Int, routine: LinearRoutine) throws {
    let a = symmetric(size)
    let eigen = try a.symmetricEigen(by: routine)
    #expect(eigen.values == eigen.values.sorted(by: >))
    #expect(defect(ofColumns: eigen.vectors) < rounding)
    let scaled = eigen.vectors.scalingColumns(by: eigen.values)
    #expect(distance(scaled.times(eigen.vectors, transposeOther: true), a) < rounding)
    #expect(distance(a.times(eigen.vectors), scaled) < rounding)
  }

  @Test(arguments: LinearRoutine.allCases)
  func eigenvaluesReadTheLowerTriangle(routine: LinearRoutine) throws {
    let a = Matrix(rows: 2, columns: 2, values: [2, 99, 1, 2])
    let eigen = try a.symmetricEigen(by: routine)
    #expect(abs(eigen.values[0] - 3) < rounding && abs(eigen.values[1] - 1) < rounding)
  }

  @Test func ownEigenvaluesAgreeWithTheLibrary() throws {
    for a in [symmetric(40), deficient(40, 40, rank: 0), Matrix(identity: 7)] {
      let (own, library) = (
        try a.symmetricEigen(by: .own), try a.symmetricEigen(by: .library)
      )
      for (one, other) in zip(own.values, library.values) {
        #expect(abs(one - other) < rounding * max(1, a.frobeniusNorm))
      }
    }
  }

  @Test(arguments: [0, 1, 2, 9, 60], LinearRoutine.allCases)
  func choleskySolves(size: Int, routine: LinearRoutine) throws {
    let (a, x) = (positive(size), normal(size, 70, seed: 5))
    let solution = try a.solvingPositive(a.times(x), by: routine)
    // The condition number of these matrices is below 1e4.
    #expect(distance(solution, x) < 1e-10)
    #expect(try a.solvingPositive(Matrix(zeros: size, by: 0), by: routine).columns == 0)
  }

  @Test func ownCholeskyAgreesWithTheLibrary() throws {
    let (a, b) = (positive(30), normal(30, 4, seed: 5))
    #expect(
      distance(try a.solvingPositive(b, by: .own), try a.solvingPositive(b, by: .library)) < 1e-10)
  }

  @Test(arguments: LinearRoutine.allCases)
  func choleskyRefusesWhatIsNotPositive(routine: LinearRoutine) {
    let b = normal(2, 1)
    for values in [[1.0, 2, 2, 1], [0, 0, 0, 0], [-1, 0, 0, -1]] {
      let a = Matrix(rows: 2, columns: 2, values: values)
      let problem = #expect(throws: Problem.self) { try a.solvingPositive(b, by: routine) }
      #expect(problem?.what.contains("not positive definite") == true)
    }
    #expect(throws: Problem.self) { try normal(2, 3).solvingPositive(b, by: routine) }
    #expect(throws: Problem.self) { try normal(3, 3).solvingPositive(b, by: routine) }
  }

  @Test func choleskyLeavesItsArgumentsAlone() throws {
    let (a, b) = (positive(3), normal(3, 2))
    let (aBefore, bBefore) = (a.values, b.values)
    _ = try a.solvingPositive(b)
    #expect(a.values == aBefore && b.values == bBefore)
  }

  @Test(arguments: matrixShapes, LinearRoutine.allCases)
  func qrGivesTheMatrix(shape: [Int], routine: LinearRoutine) throws {
    let a = normal(shape[0], shape[1])
    let qr = try a.qr(by: routine)
    #expect(distance(qr.q.times(qr.r), a) < rounding)
    #expect(defect(ofColumns: qr.q) < rounding)
    for row in 0..<qr.r.rows { #expect(qr.r.row(row).prefix(row).allSatisfy { $0 == 0 }) }
  }

  @Test(arguments: LinearRoutine.allCases)
  func qrOfDeficientMatricesIsOrthonormal(routine: LinearRoutine) throws {
    for rank in [0, 2] {
      let a = deficient(12, 7, rank: rank)
      let qr = try a.qr(by: routine)
      #expect(defect(ofColumns: qr.q) < rounding)
      #expect(distance(qr.q.times(qr.r), a) < rounding)
    }
  }

  @Test(arguments: [[9, 4], [4, 9], [6, 6]])
  func ownQRAgreesWithTheLibrary(shape: [Int]) throws {
    let a = normal(shape[0], shape[1])
    let (own, library) = (try a.qr(by: .own), try a.qr(by: .library))
    #expect(distance(own.q, library.q) < rounding && distance(own.r, library.r) < rounding)
  }

  @Test func repeatedRunsGiveEqualBytes() throws {
    let a = normal(150, 150)
    let (one, two) = (try a.svd(), try a.svd())
    #expect(one.u == two.u && one.s == two.s && one.vT == two.vT)
    #expect(a.times(a) == a.times(a))
    #expect(try a.qr().q == a.qr().q)
  }
}
