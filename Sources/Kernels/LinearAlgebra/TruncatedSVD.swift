extension Matrix {
  /// The leading `rank` singular directions, approximately, without a full decomposition: a random
  /// range finder with power iterations, then the exact decomposition inside that range (Halko,
  /// Martinsson and Tropp, "Finding structure with randomness", 2011, algorithms 4.4 and 5.1).
  ///
  /// Costs some (4 + 4·iterations)·rows·columns·(rank + oversampling), on all threads. With singular
  /// values that fall off behind `rank`, values and product are exact to a few digits less than
  /// double; on a flat spectrum the product is still within a few per cent of the best one.
  /// Equal for equal `rng`. When rank + oversampling reaches min(rows, columns), or nearly, the exact
  /// decomposition is cut.
  /// - Throws: As `svd()`.
  public func truncatedSVD(
    rank: Int, oversampling: Int = 10, iterations: Int = 2, rng: CounterRNG
  ) throws -> SVD {
    let width = max(0, rank) + max(0, oversampling)
    if width * 4 >= min(rows, columns) * 3 { return try svd().truncated(to: rank) }
    try checkFinite(self, "SVD")
    var basis = try times(.normal(columns, by: width, rng)).qr().q
    for _ in 0..<max(0, iterations) {
      // Orthonormal after every product: the small directions would drown in rounding.
      let across = try times(basis, transposeSelf: true).qr().q
      basis = try times(across).qr().q
    }
    let inside = try basis.times(self, transposeSelf: true).svd()
    return SVD(u: basis.times(inside.u), s: inside.s, vT: inside.vT).truncated(to: rank)
  }

  /// Standard normal draws, number i·columns + j for row i and column j.
  public static func normal(_ rows: Int, by columns: Int, _ rng: CounterRNG) -> Matrix {
    let result = Matrix(uninitialized: rows, by: columns)
    let to = result.pointer
    ThreadPool.shared.parallel(over: result.count, grain: 1024) {
      for index in $0 { to[index] = rng.normal(UInt64(index)) }
    }
    return result
  }
}
