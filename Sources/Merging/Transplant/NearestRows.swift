internal import PluginAPI

/// The donor's row of a missing token by its k nearest shared rows, the model's rows of the same
/// tokens with the same weights.
struct NearestRows: RowApproximation {
  let task: TransplantTask
  let k: Int
  let distance: RowDistance
  let weighting: NeighbourWeights
  /// f32 [S, D].
  private let points: Tensor
  private let squares: [Double]

  init(_ task: TransplantTask, k: Int, distance: RowDistance, weighting: NeighbourWeights) {
    self.task = task
    self.k = k
    self.distance = distance
    self.weighting = weighting
    let points = task.sharedDonorRows()
    self.points = points
    squares = (0..<points.rows).map { row in
      let values = points.rows(row..<row + 1).floats()
      return dot(values, values)
    }
  }

  var blockSize: Int { productBlock(columns: points.rows) }

  func rows(_ range: Range<Int>) -> Tensor {
    let targets = task.targetRows(range)
    let products = matmul(targets, points, transposeB: true)
    let results = range.map { _ in Slot(RowCombination()) }
    ThreadPool.shared.parallel(range.count) { index in
      let target = targets.rows(index..<index + 1).floats()
      results[index].value = combination(
        target, products: products.rows(index..<index + 1).floats())
    }
    return task.combined(results.map(\.value))
  }

  private func combination(_ target: [Float], products: [Float]) -> RowCombination {
    let square = dot(target, target)
    // The products are f32 and near rows differ little, so a few more than k are looked at again
    // in double.
    let candidates = smallest(k + 8, of: products.count) {
      separation(product: Double(products[$0]), square, squares[$0])
    }
    let rows = candidates.map { points.rows($0..<$0 + 1).floats() }
    let exact = candidates.indices.map { exactDistance(target, square, rows[$0], candidates[$0]) }
    let nearest = smallest(k, of: exact.count) { exact[$0] }
    return RowCombination(
      rows: nearest.map { task.shared[candidates[$0]].model },
      weights: weights(target, nearest.map { rows[$0] }, nearest.map { exact[$0] }))
  }

  /// A number that orders rows as their distance does.
  private func separation(product: Double, _ a: Double, _ b: Double) -> Double {
    switch distance {
    case .euclidean: a + b - 2 * product
    case .cosine: 1 - product / max((a * b).squareRoot(), 1e-6)
    }
  }

  private func exactDistance(
    _ target: [Float], _ square: Double, _ row: [Float], _ index: Int
  ) -> Double {
    if distance == .cosine {
      return separation(product: dot(target, row), square, squares[index])
    }
    var sum = 0.0
    for (a, b) in zip(target, row) {
      let difference = Double(a) - Double(b)
      sum += difference * difference
    }
    return sum.squareRoot()
  }

  private func weights(
    _ target: [Float], _ rows: [[Float]], _ distances: [Double]
  ) -> [Double] {
    switch weighting {
    case .distanceProportional:
      let inverse = distances.map { 1 / max($0, 1e-6) }
      let total = inverse.reduce(0, +)
      return inverse.map { $0 / total }
    case .barycentric:
      // With sum 1 the error is a combination of the differences: minimise it under the sum, as
      // locally linear embedding does (Roweis and Saul, 2000).
      let differences = rows.map { row in zip(row, target).map { Double($0) - Double($1) } }
      let solution = fitted(differences, to: rows.map { _ in 1 })
      let total = solution.reduce(0, +)
      return solution.map { $0 / total }
    case .leastSquares:
      return fitted(rows.map { $0.map { Double($0) } }, to: rows.map { dot($0, target) })
    }
  }

  /// (V Vᵀ + ridge) w = b. The ridge is far below the rounding of the rows; with more rows than
  /// columns it picks the smallest of all solutions.
  private func fitted(_ vectors: [[Double]], to b: [Double]) -> [Double] {
    let squares = vectors.map { dot($0, $0) }
    let scale = max(squares.reduce(0, +) / Double(max(1, squares.count)), .leastNormalMagnitude)
    let ridge = 1e-10 * scale
    var factor = CholeskyFactor()
    for (index, vector) in vectors.enumerated() {
      let products = vectors[..<index].map { dot($0, vector) }
      _ = factor.append(
        products: products, square: squares[index] + ridge, tolerance: 0, floor: ridge)
    }
    return factor.solve(b)
  }
}

/// Indices of the `wanted` smallest of `count` values, smallest first; of equal ones the first.
/// NaN comes nowhere.
func smallest(_ wanted: Int, of count: Int, _ value: (Int) -> Double) -> [Int] {
  var best: [(value: Double, index: Int)] = []
  for index in 0..<count {
    let candidate = value(index)
    if best.count >= wanted, let last = best.last, !(candidate < last.value) { continue }
    if candidate.isNaN { continue }
    var (low, high) = (0, best.count)
    while low < high {
      let middle = (low + high) / 2
      if candidate < best[middle].value { high = middle } else { low = middle + 1 }
    }
    best.insert((candidate, index), at: low)
    if best.count > wanted { best.removeLast() }
  }
  return best.map(\.index)
}
