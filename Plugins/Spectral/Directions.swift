import PluginAPI

/// Singular directions of several matrices, side by side.
///
/// Leading triplets that a matrix does not have (its rank is lower) are left out: they would be
/// arbitrary. They count as singular values of 0.
struct Directions {
  private var lefts: [Matrix] = []
  private var rights: [Matrix] = []
  private(set) var values: [Double] = []

  mutating func append(_ svd: SVD, first count: Int) {
    let kept = svd.truncated(to: min(count, svd.rank()))
    guard !kept.s.isEmpty else { return }
    lefts.append(kept.u)
    rights.append(kept.vT)
    values += kept.s
  }

  /// U · diag(scales) · Vᵀ, with U and V the nearest matrices to the directions that have
  /// orthonormal columns. Nil when there are no directions.
  func product(scales: [Double]) throws -> Matrix? {
    if values.isEmpty { return nil }
    let left = try Matrix.concatenated(columns: lefts).polarFactor()
    let right = try Matrix.concatenated(rows: rights).polarFactor()
    return left.scalingColumns(by: scales).times(right)
  }
}
