internal import CKernels

extension Matrix {
  /// The x of self · x = rhs for a symmetric positive definite matrix, whose lower triangle is
  /// read. (n, n) and (n, k) give (n, k).
  /// - Throws: `Problem` when shapes do not fit, a value is not finite, or the matrix is not
  ///   positive definite to rounding.
  public func solvingPositive(_ rhs: Matrix) throws -> Matrix {
    try solvingPositive(rhs, by: .library)
  }

  func solvingPositive(_ rhs: Matrix, by routine: LinearRoutine) throws -> Matrix {
    guard rows == columns, rhs.rows == rows else {
      throw Problem(
        .failed, "solving \(rows)×\(columns) against \(rhs.rows)×\(rhs.columns)",
        expected: "a square matrix and as many rows on the right")
    }
    try checkFinite(self, "Cholesky factor")
    try checkFinite(rhs, "solution")
    var (factor, solution) = (self, rhs)
    factor.unshare()
    solution.unshare()
    let run = routine == .library ? ck_cholesky : ck_cholesky_own
    try check(
      run(rows, factor.pointer), "Cholesky factor", self, failure: "it is not positive definite")
    let solve = routine == .library ? ck_cholesky_solve : ck_cholesky_solve_own
    let (l, x, width) = (factor.pointer, solution.pointer, rhs.columns)
    withExtendedLifetime(factor) {
      ThreadPool.shared.parallel(over: width, grain: 32) {
        solve(rows, $0.count, l, x + $0.lowerBound, width)
      }
    }
    return solution
  }
}
