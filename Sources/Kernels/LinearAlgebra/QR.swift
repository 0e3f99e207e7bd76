internal import CKernels

/// A = q · r: orthonormal columns in `q`, `r` upper triangular.
public struct QR: Sendable {
  /// rows × min(rows, columns).
  public var q: Matrix
  /// min(rows, columns) × columns; its diagonal may have either sign.
  public var r: Matrix
}

extension Matrix {
  /// The thin QR factorisation by Householder reflections: `q` is orthonormal to rounding for
  /// every matrix, deficient ones included.
  /// - Throws: `Problem` when a value is not finite.
  public func qr() throws -> QR { try qr(by: .library) }

  func qr(by routine: LinearRoutine) throws -> QR {
    try checkFinite(self, "QR factors")
    let smaller = min(rows, columns)
    let q = Matrix(uninitialized: rows, by: smaller)
    let r = Matrix(uninitialized: smaller, by: columns)
    let run = routine == .library ? ck_qr : ck_qr_own
    try check(run(rows, columns, pointer, q.pointer, r.pointer), "QR factors", self, failure: "")
    return QR(q: q, r: r)
  }
}
