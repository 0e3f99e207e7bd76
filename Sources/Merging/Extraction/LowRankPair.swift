/// The factors of one module's difference: Δ ≈ B · A.
struct LowRankPair {
  /// [rank, in] and [out, rank], in the type they are stored as.
  let a: Tensor
  let b: Tensor
  let rank: Int
  /// ‖Δ‖ (Frobenius).
  let norm: Double
  /// ‖Δ − B·A‖ of the stored factors.
  let errorNorm: Double

  /// Decompositions up to this smaller side are exact by default: some ten seconds for one matrix.
  static let largestExactSide = 1024
  /// Singular values below this share of the largest are rounding of the decomposition itself.
  private static let noise = 1e-13

  /// - Parameters:
  ///   - difference: (out, in).
  ///   - stored: Type of the factors.
  /// - Throws: `Problem` when a value is not finite.
  init(
    _ difference: Matrix, _ settings: ExtractionSettings, storedAs stored: DType, rng: CounterRNG
  ) throws {
    norm = difference.frobeniusNorm
    let svd = try Self.decomposition(of: difference, settings, rng)
    rank = Self.rank(of: svd.s, energy: norm * norm, settings)
    let kept = svd.truncated(to: rank)
    let roots = settings.distributesScale ? kept.s.map { $0.squareRoot() } : kept.s
    let left = settings.distributesScale ? kept.u.scalingColumns(by: roots) : kept.u
    a = kept.vT.scalingRows(by: roots).tensor(stored)
    b = left.tensor(stored)
    errorNorm = Self.distance(difference, Matrix(b), Matrix(a))
  }

  private static func decomposition(
    of difference: Matrix, _ settings: ExtractionSettings, _ rng: CounterRNG
  ) throws -> SVD {
    let side = min(difference.rows, difference.columns)
    let isRandomised =
      settings.method == .randomised
      || settings.method == .auto && side > largestExactSide && settings.maxRank * 4 < side
    guard isRandomised else { return try difference.svd() }
    return try difference.truncatedSVD(
      rank: settings.maxRank, oversampling: 16, iterations: 4, rng: rng)
  }

  /// min(largest rank, values above the floor, directions that hold the share of energy).
  private static func rank(
    of values: [Double], energy: Double, _ settings: ExtractionSettings
  ) -> Int {
    let floor = max(settings.singularValueFloor, noise * (values.first ?? 0))
    let rank = min(settings.maxRank, values.count { $0 > floor })
    guard let share = settings.energyShare else { return rank }
    var held = 0.0
    for (index, value) in values.prefix(rank).enumerated() {
      held += value * value
      if held >= share * energy { return index + 1 }
    }
    return rank
  }

  /// ‖Δ − B·A‖ by blocks of rows, so that no third matrix of the size of Δ is needed.
  private static func distance(_ difference: Matrix, _ b: Matrix, _ a: Matrix) -> Double {
    var squares = 0.0
    for start in stride(from: 0, to: difference.rows, by: 512) {
      let rows = start..<min(start + 512, difference.rows)
      squares += (difference.slice(rows: rows) - b.slice(rows: rows).times(a)).squaredNorm
    }
    return squares.squareRoot()
  }
}
