internal import CKernels

/// Whether a factorisation runs by LAPACK, where it is installed, or by our own plain code.
enum LinearRoutine: CaseIterable {
  case library, own
}

/// Throws what a C routine reports about a matrix of `rows`×`columns`.
func check(
  _ status: ck_linear_status, _ name: String, _ matrix: Matrix, failure: String
) throws {
  let size = "\(matrix.rows)×\(matrix.columns)"
  switch status {
  case ck_linear_done: return
  case ck_linear_no_memory:
    throw Problem(.failed, "no memory for the \(name) of a \(size) matrix")
  case ck_linear_too_large:
    throw Problem(
      .failed, "a \(size) matrix is too large for a direct \(name)",
      hint: "ask for a truncated one")
  default: throw Problem(.failed, "the \(name) of a \(size) matrix failed: \(failure)")
  }
}

/// Throws when a value of `matrix` is infinite or NaN: LAPACK may loop on those.
func checkFinite(_ matrix: Matrix, _ name: String) throws {
  if matrix.isFinite { return }
  throw Problem(
    .badData, "the \(name) of a \(matrix.rows)×\(matrix.columns) matrix that holds NaN or infinity",
    hint: "the weights it was made from are damaged")
}
