/// One candidate with its score.
public struct SearchEvaluation: Sendable, Equatable {
  /// From 1, which is the start.
  public var number: Int
  /// One for each coordinate.
  public var values: [Double]
  /// Higher is better; nil for a candidate that has none.
  public var score: Double?

  public init(number: Int, values: [Double], score: Double?) {
    self.number = number
    self.values = values
    self.score = score
  }
}

/// What a search found, in the order in which it was found.
public struct SearchCurve: Sendable, Equatable {
  public private(set) var evaluations: [SearchEvaluation] = []
  /// The first of the highest score; nil until there is a score.
  public private(set) var best: SearchEvaluation?

  public init() {}

  /// - Returns: Whether it is the best so far.
  @discardableResult
  public mutating func add(_ evaluation: SearchEvaluation) -> Bool {
    evaluations.append(evaluation)
    guard let score = evaluation.score else { return false }
    if let best = best?.score, score <= best { return false }
    best = evaluation
    return true
  }

  /// The best score up to each evaluation.
  public var bestScores: [Double?] {
    var best: Double?
    return evaluations.map { evaluation in
      if let score = evaluation.score { best = max(best ?? score, score) }
      return best
    }
  }
}

/// Searches the numbers of a merge config: the start first, then what a strategy asks for.
public struct MergeSearch {
  public let space: SearchSpace
  public let method: SearchMethod
  /// How many candidates are evaluated, the start among them.
  public let evaluations: Int
  public let seed: UInt64
  /// See `SearchMethod.strategy`.
  public let sigma: Double

  public init(
    _ space: SearchSpace, method: SearchMethod, evaluations: Int, seed: UInt64, sigma: Double
  ) {
    self.space = space
    self.method = method
    self.evaluations = evaluations
    self.seed = seed
    self.sigma = sigma
  }

  /// Runs to the end.
  ///
  /// - Parameters:
  ///   - past: What an interrupted search of the same settings evaluated, from the start on. It is
  ///     taken for granted as long as the search asks for the same values.
  ///   - score: The score of the candidate with these values.
  ///   - observe: Hears of every evaluation, also of the past ones, after it was added to `curve`.
  /// - Throws: What `score` and `observe` throw, and `Problem` for a past of another search.
  @discardableResult
  public func run(
    after past: [SearchEvaluation] = [],
    score: (_ number: Int, _ values: [Double]) throws -> Double?,
    observe: (_ evaluation: SearchEvaluation, _ curve: SearchCurve) throws -> Void = { _, _ in }
  ) throws -> SearchCurve {
    var curve = SearchCurve()
    func evaluate(_ values: [Double]) throws -> Double {
      let number = curve.evaluations.count + 1
      let known = number <= past.count ? try recorded(past[number - 1], number, values) : nil
      let evaluation =
        try known
        ?? SearchEvaluation(number: number, values: values, score: try score(number, values))
      curve.add(evaluation)
      try observe(evaluation, curve)
      return evaluation.score ?? .nan
    }
    _ = try evaluate(space.start)
    var strategy = method.strategy(
      start: space.unit(of: space.start), sigma: sigma, seed: seed)
    while curve.evaluations.count < evaluations {
      let points = strategy.ask()
      let left = evaluations - curve.evaluations.count
      let scores = try points.prefix(left).map { try evaluate(space.values(at: $0)) }
      if scores.count == points.count { try strategy.tell(scores) }
    }
    return curve
  }

  /// `past`, if it is what would be evaluated now.
  private func recorded(
    _ past: SearchEvaluation, _ number: Int, _ values: [Double]
  ) throws -> SearchEvaluation {
    let isSame =
      past.number == number && past.values.count == values.count
      && zip(space.coordinates, zip(past.values, values)).allSatisfy { coordinate, pair in
        // Another machine may round the last bits of a decomposition otherwise.
        abs(pair.0 - pair.1)
          <= 1e-9 * (coordinate.bounds.upperBound - coordinate.bounds.lowerBound)
      }
    guard isSame else {
      throw Problem(
        .badData, "evaluation \(number) of the journal is not what this search asks for",
        hint: "start over in another folder")
    }
    return past
  }
}
