internal import CKernels

/// A = u · diag(s) · vT: orthonormal columns in `u`, orthonormal rows in `vT`, `s` descending.
public struct SVD: Sendable {
  /// rows × r, or rows × rows of a full one.
  public var u: Matrix
  /// The r = min(rows, columns) singular values, descending, ≥ 0.
  public var s: [Double]
  /// r × columns, or columns × columns of a full one.
  public var vT: Matrix

  public init(u: Matrix, s: [Double], vT: Matrix) {
    self.u = u
    self.s = s
    self.vT = vT
  }

  /// Singular values above `relative` times the largest.
  public func rank(relative: Double = 1e-12) -> Int {
    guard let largest = s.first, largest > 0 else { return 0 }
    return s.count { $0 > relative * largest }
  }

  /// Only the `rank` leading directions.
  public func truncated(to rank: Int) -> SVD {
    let rank = max(0, min(rank, s.count))
    return SVD(
      u: u.slice(columns: 0..<rank), s: Array(s.prefix(rank)), vT: vT.slice(rows: 0..<rank))
  }

  /// u · diag(s) · vT.
  public var product: Matrix {
    let thin = truncated(to: s.count)
    return thin.u.scalingColumns(by: s).times(thin.vT)
  }
}

extension Matrix {
  /// The thin singular value decomposition. Costs some 20·max·min² on one core.
  /// - Throws: `Problem` when a value is not finite or LAPACK's sizes do not suffice (min > 20000).
  public func svd() throws -> SVD { try svd(full: false, by: .library) }

  /// The decomposition with square `u` and `vT`.
  /// - Throws: As `svd()`.
  public func fullSVD() throws -> SVD { try svd(full: true, by: .library) }

  /// U · Vᵀ of the thin decomposition: the nearest matrix with orthonormal columns (rows).
  /// Directions whose singular value is at most `relative` times the largest are left out, so that
  /// a deficient matrix gives a partial isometry; a zero matrix gives zeros.
  /// - Throws: As `svd()`.
  public func polarFactor(dropping relative: Double = 1e-12) throws -> Matrix {
    let svd = try svd()
    let kept = svd.truncated(to: svd.rank(relative: relative))
    return kept.u.times(kept.vT)
  }

  /// The x of least norm among those that minimise ‖self · x − rhs‖, column by column: by the thin
  /// decomposition, without the directions whose singular value is at most `relative` times the
  /// largest.
  /// - Parameter relative: By default max(rows, columns) · 2⁻⁵².
  /// - Throws: As `svd()`, or when the heights differ.
  public func leastSquares(_ rhs: Matrix, dropping relative: Double? = nil) throws -> Matrix {
    guard rhs.rows == rows else {
      throw Problem(.failed, "least squares of \(rows) rows against \(rhs.rows)")
    }
    try checkFinite(rhs, "least squares")
    let svd = try svd()
    let cutoff = relative ?? Double(max(rows, columns)) * 0x1p-52
    let kept = svd.truncated(to: svd.rank(relative: cutoff))
    let coordinates = kept.u.times(rhs, transposeSelf: true)
    return kept.vT.times(coordinates.scalingRows(by: kept.s.map { 1 / $0 }), transposeSelf: true)
  }

  /// By the library where it is installed, or by one-sided Jacobi.
  func svd(full: Bool, by routine: LinearRoutine) throws -> SVD {
    try checkFinite(self, "SVD")
    let smaller = min(rows, columns)
    let u = Matrix(uninitialized: rows, by: full ? rows : smaller)
    let s = Matrix(uninitialized: 1, by: smaller)
    let vT = Matrix(uninitialized: full ? columns : smaller, by: columns)
    let run = routine == .library ? ck_svd : ck_svd_own
    try check(
      run(rows, columns, full, pointer, u.pointer, s.pointer, vT.pointer), "SVD", self,
      failure: "no convergence")
    return SVD(u: u, s: s.values, vT: vT)
  }
}
