internal import CKernels

/// A = vectors · diag(values) · vectorsᵀ.
public struct SymmetricEigen: Sendable {
  /// Descending.
  public var values: [Double]
  /// n × n, orthonormal; column i belongs to values[i].
  public var vectors: Matrix
}

extension Matrix {
  /// Eigenvalues and eigenvectors of a square matrix taken as symmetric: its lower triangle is
  /// read.
  /// - Throws: `Problem` when it is not square, a value is not finite, or LAPACK's sizes do not
  ///   suffice (n > 30000).
  public func symmetricEigen() throws -> SymmetricEigen { try symmetricEigen(by: .library) }

  func symmetricEigen(by routine: LinearRoutine) throws -> SymmetricEigen {
    guard rows == columns else {
      throw Problem(.failed, "eigenvalues of a \(rows)×\(columns) matrix, which is not square")
    }
    try checkFinite(self, "eigenvalues")
    let values = Matrix(uninitialized: 1, by: rows)
    let vectors = Matrix(uninitialized: rows, by: rows)
    let run = routine == .library ? ck_symmetric_eigen : ck_symmetric_eigen_own
    try check(
      run(rows, pointer, values.pointer, vectors.pointer), "eigenvalues", self,
      failure: "no convergence")
    return SymmetricEigen(values: values.values, vectors: vectors)
  }
}
