/// G = L Lᵀ for a symmetric positive matrix that grows by one row at a time, in double.
struct CholeskyFactor {
  /// Row i holds L[i, 0...i].
  private(set) var rows: [[Double]] = []

  var count: Int { rows.count }

  /// Adds a row to G: `products` with the rows before it and `square` with itself.
  ///
  /// - Parameters:
  ///   - tolerance: What is left of `square` once the rows before are taken out must be more than
  ///     this share of it; otherwise the row depends on them.
  ///   - floor: What is taken in place of a smaller remainder, instead of refusing the row.
  /// - Returns: Whether the row was added.
  mutating func append(
    products: [Double], square: Double, tolerance: Double = 1e-12, floor: Double? = nil
  ) -> Bool {
    precondition(products.count == count, "\(products.count) products for \(count) rows")
    var row = forward(products)
    var remainder = square
    for value in row { remainder -= value * value }
    if !(remainder > tolerance * square) {
      guard let floor else { return false }
      remainder = floor
    }
    row.append(remainder.squareRoot())
    rows.append(row)
    return true
  }

  /// x with G x = b.
  func solve(_ b: [Double]) -> [Double] {
    var x = forward(b)
    for i in stride(from: count - 1, through: 0, by: -1) {
      x[i] /= rows[i][i]
      for j in 0..<i { x[j] -= rows[i][j] * x[i] }
    }
    return x
  }

  /// y with L y = b.
  private func forward(_ b: [Double]) -> [Double] {
    var y = b
    for i in 0..<b.count {
      let row = rows[i]
      var value = y[i]
      for j in 0..<i { value -= row[j] * y[j] }
      y[i] = value / row[i]
    }
    return y
  }
}
