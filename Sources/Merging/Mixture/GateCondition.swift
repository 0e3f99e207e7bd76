internal import Glibc

/// Largest by smallest singular value of the matrix with these rows: 1 when they stand at right
/// angles and are of one length, infinite when one depends on the others. By the eigenvalues of the
/// rows' inner products, which squares the number: good to about 10⁷.
func conditionNumber(of rows: [[Float]]) -> Double {
  let gram = rows.map { a in rows.map { dot(a, $0) } }
  let eigenvalues = symmetricEigenvalues(gram)
  guard let largest = eigenvalues.max(), let smallest = eigenvalues.min(), largest > 0 else {
    return rows.isEmpty ? 1 : .infinity
  }
  return smallest > 1e-15 * largest ? (largest / smallest).squareRoot() : .infinity
}

/// Eigenvalues of a small symmetric matrix, in no order, by cyclic Jacobi rotations (Golub and
/// Van Loan, §8.5).
func symmetricEigenvalues(_ matrix: [[Double]]) -> [Double] {
  var a = matrix
  let n = a.count
  for _ in 0..<60 {
    var (off, all) = (0.0, 0.0)
    for i in 0..<n {
      for j in 0..<n {
        all += a[i][j] * a[i][j]
        if i != j { off += a[i][j] * a[i][j] }
      }
    }
    // Quadratic convergence: the sweep before this was good to half as many digits.
    if !(off > 1e-30 * all) { break }
    for p in 0..<n {
      for q in p + 1..<max(n, p + 1) { rotate(&a, p, q) }
    }
  }
  return (0..<n).map { a[$0][$0] }
}

/// Makes a[p][q] zero.
private func rotate(_ a: inout [[Double]], _ p: Int, _ q: Int) {
  guard a[p][q] != 0 else { return }
  let theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
  let t = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
  let c = 1 / (t * t + 1).squareRoot()
  let s = t * c
  for k in a.indices {
    let (left, right) = (a[k][p], a[k][q])
    a[k][p] = c * left - s * right
    a[k][q] = s * left + c * right
  }
  for k in a.indices {
    let (upper, lower) = (a[p][k], a[q][k])
    a[p][k] = c * upper - s * lower
    a[q][k] = s * upper + c * lower
  }
}

/// A warning that names the layers whose router can hardly tell its experts apart.
func conditionWarning(_ gates: [[[Float]]], limit: Double = 5) -> String? {
  let poor = gates.indices.filter { conditionNumber(of: gates[$0]) > limit }
  guard !poor.isEmpty else { return nil }
  let shown = poor.prefix(8).map(String.init).joined(separator: ", ")
  let layers =
    poor.count == gates.count
    ? "all layers"
    : "layer\(poor.count == 1 ? "" : "s") \(shown)\(poor.count > 8 ? " and \(poor.count - 8) more" : "")"
  return "the router vectors of \(layers) are nearly dependent (condition number above "
    + "\(Int(limit))): the prompts are too similar, and some experts will hardly be used"
}
