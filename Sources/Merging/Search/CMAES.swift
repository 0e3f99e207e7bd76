internal import Glibc

/// Evolution of a normal distribution by the better half of what it draws: CMA-ES (Hansen, "The CMA
/// Evolution Strategy: A Tutorial", arXiv:1604.00772, Figure 6 and Table 1), with positive weights
/// only.
///
/// The bounds 0...1 are kept by reflection: a draw outside is folded back, which makes the function
/// periodic and leaves an optimum on the bounds where it is. Every draw is a pure function of
/// (seed, generation, candidate, coordinate).
public struct CMAES: SearchStrategy {
  private let constants: CMAConstants
  private let rng: CounterRNG
  private var generation: UInt64 = 0
  private var mean: [Double]
  private(set) var sigma: Double
  /// C, size × size.
  private var covariance: Matrix
  /// C = axes · diag(lengths²) · axesᵀ.
  private var axes: Matrix
  private var lengths: [Double]
  /// p_σ and p_c, the evolution paths.
  private var sigmaPath: [Double]
  private var covariancePath: [Double]
  /// y of the last round's candidates: mean + sigma · y are they.
  private var steps: [[Double]] = []

  /// Past twice the width of the bounds every draw is as good as uniform.
  private static let sigmaLimits = 1e-12...2.0
  /// Shortest axis, relative to the longest: below it the arithmetic of C is noise.
  private static let shortestAxis = 1e-10

  /// - Parameters:
  ///   - start: First mean.
  ///   - sigma: First standard deviation of every coordinate.
  public init(start: [Double], sigma: Double, seed: UInt64) {
    let size = start.count
    constants = CMAConstants(size: size)
    rng = CounterRNG(seed: seed)
    mean = start
    self.sigma = min(max(sigma, Self.sigmaLimits.lowerBound), Self.sigmaLimits.upperBound)
    covariance = Matrix(identity: size)
    axes = Matrix(identity: size)
    lengths = [Double](repeating: 1, count: size)
    sigmaPath = [Double](repeating: 0, count: size)
    covariancePath = sigmaPath
  }

  public mutating func ask() -> [[Double]] {
    let draws = rng.substream(generation)
    steps = (0..<constants.population).map { candidate in
      let stream = draws.substream(UInt64(candidate))
      let z = mean.indices.map { lengths[$0] * stream.normal(UInt64($0)) }
      return axes.applied(to: z)
    }
    return steps.map { step in
      zip(mean, step).map { Self.folded($0 + sigma * $1) }
    }
  }

  public mutating func tell(_ scores: [Double]) throws {
    precondition(scores.count == steps.count, "\(scores.count) scores of \(steps.count) points")
    let ranked = Self.ranked(scores)
    let best = ranked.prefix(constants.weights.count).map { steps[$0] }
    var mixed = [Double](repeating: 0, count: mean.count)
    for (weight, step) in zip(constants.weights, best) {
      for index in mixed.indices { mixed[index] += weight * step[index] }
    }
    for index in mean.indices { mean[index] += sigma * mixed[index] }
    generation += 1
    let stalls = follow(mixed)
    adapt(to: best, stalls: stalls)
    let length = sigmaPath.length
    var growth = constants.sigmaRate / constants.sigmaDamping * (length / constants.usualLength - 1)
    // Where most scores are equal the steps are too short to tell (the tutorial's code does so).
    let middle = ranked[Int((0.7 * Double(scores.count)).rounded(.up)) - 1]
    if scores[ranked[0]] == scores[middle] {
      growth += 0.2 + constants.sigmaRate / constants.sigmaDamping
    }
    let next = sigma * exp(min(1, growth))
    sigma = min(max(next, Self.sigmaLimits.lowerBound), Self.sigmaLimits.upperBound)
    try decompose()
  }

  /// Candidates from best to worst; equal ones in their order, those without a score last.
  private static func ranked(_ scores: [Double]) -> [Int] {
    let values = scores.map { $0.isNaN ? -Double.infinity : $0 }
    return values.indices.sorted { one, other in
      values[one] != values[other] ? values[one] > values[other] : one < other
    }
  }

  /// Moves the evolution paths by the step `mixed` of the mean (eqs. 31 and 45 of the tutorial).
  ///
  /// - Returns: Whether p_σ is so long that p_c waits (h_σ = 0).
  private mutating func follow(_ mixed: [Double]) -> Bool {
    let rate = constants.sigmaRate
    let factor = (rate * (2 - rate) * constants.effective).squareRoot()
    let projected = axes.appliedTransposed(to: mixed)
    let white = axes.applied(to: zip(projected, lengths).map { $0 / $1 })
    for index in sigmaPath.indices {
      sigmaPath[index] = (1 - rate) * sigmaPath[index] + factor * white[index]
    }
    let aged = (1 - pow(1 - rate, 2 * Double(generation))).squareRoot()
    let limit = (1.4 + 2 / Double(mean.count + 1)) * constants.usualLength
    let stalls = sigmaPath.length / aged >= limit
    let pathRate = constants.pathRate
    let pathFactor =
      stalls ? 0 : (pathRate * (2 - pathRate) * constants.effective).squareRoot()
    for index in covariancePath.indices {
      covariancePath[index] = (1 - pathRate) * covariancePath[index] + pathFactor * mixed[index]
    }
    return stalls
  }

  /// The rank-one and rank-μ update (eq. 47).
  private mutating func adapt(to best: [[Double]], stalls: Bool) {
    let (one, many) = (constants.rankOneRate, constants.rankMuRate)
    let waiting = stalls ? constants.pathRate * (2 - constants.pathRate) : 0
    let kept = 1 + one * waiting - one - many
    for row in mean.indices {
      for column in 0...row {
        var value = kept * covariance[row, column]
        value += one * covariancePath[row] * covariancePath[column]
        for (weight, step) in zip(constants.weights, best) {
          value += many * weight * step[row] * step[column]
        }
        covariance[row, column] = value
        covariance[column, row] = value
      }
    }
  }

  private mutating func decompose() throws {
    let eigen = try covariance.symmetricEigen()
    axes = eigen.vectors
    let longest = max(eigen.values.first ?? 1, .leastNormalMagnitude).squareRoot()
    lengths = eigen.values.map { max(max($0, 0).squareRoot(), Self.shortestAxis * longest) }
  }

  /// A triangle wave: `x` where it lies in 0...1, mirrored at the bounds elsewhere.
  static func folded(_ x: Double) -> Double {
    let place = abs(x.truncatingRemainder(dividingBy: 2))
    return place <= 1 ? place : 2 - place
  }
}

/// Table 1 of the tutorial for a problem of `size` numbers.
private struct CMAConstants: Sendable {
  /// λ
  let population: Int
  /// Of the better half; they sum to 1.
  let weights: [Double]
  /// μ_eff
  let effective: Double
  /// c_σ and d_σ
  let sigmaRate: Double
  let sigmaDamping: Double
  /// c_c, c_1 and c_μ
  let pathRate: Double
  let rankOneRate: Double
  let rankMuRate: Double
  /// E‖N(0, I)‖
  let usualLength: Double

  init(size: Int) {
    let n = Double(size)
    let lambda = 4 + Int(3 * log(n))
    let raw = (1...lambda / 2).map { log(Double(lambda + 1) / 2) - log(Double($0)) }
    let sum = raw.reduce(0, +)
    let shares = raw.map { $0 / sum }
    let mu = 1 / shares.reduce(0) { $0 + $1 * $1 }
    population = lambda
    weights = shares
    effective = mu
    sigmaRate = (mu + 2) / (n + mu + 5)
    sigmaDamping = 1 + 2 * max(0, ((mu - 1) / (n + 1)).squareRoot() - 1) + sigmaRate
    pathRate = (4 + mu / n) / (n + 4 + 2 * mu / n)
    rankOneRate = 2 / ((n + 1.3) * (n + 1.3) + mu)
    rankMuRate = min(
      1 - rankOneRate, 2 * (0.25 + mu + 1 / mu - 2) / ((n + 2) * (n + 2) + mu))
    usualLength = n.squareRoot() * (1 - 1 / (4 * n) + 1 / (21 * n * n))
  }
}

extension [Double] {
  fileprivate var length: Double { reduce(0) { $0 + $1 * $1 }.squareRoot() }
}

extension Matrix {
  /// self · x
  fileprivate func applied(to x: [Double]) -> [Double] {
    (0..<rows).map { row in
      (0..<columns).reduce(0) { $0 + self[row, $1] * x[$1] }
    }
  }

  /// selfᵀ · x
  fileprivate func appliedTransposed(to x: [Double]) -> [Double] {
    (0..<columns).map { column in
      (0..<rows).reduce(0) { $0 + self[$1, column] * x[$1] }
    }
  }
}
