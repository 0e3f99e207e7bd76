import Testing

@testable import Merging

/// The two strategies on functions whose optimum is known.
struct CMAESTests {
  /// The best point of `evaluations` and its score.
  private func best(
    _ strategy: any SearchStrategy, evaluations: Int, _ score: ([Double]) -> Double
  ) throws -> (point: [Double], score: Double) {
    var strategy = strategy
    var best = (point: [Double](), score: -Double.infinity)
    var done = 0
    while done < evaluations {
      let points = strategy.ask()
      let scores = points.map(score)
      for (point, score) in zip(points, scores) where score > best.score { best = (point, score) }
      try strategy.tell(scores)
      done += points.count
    }
    return best
  }

  private func sphere(_ x: [Double]) -> Double {
    -zip(x, [0.3, 0.7, 0.5, 0.9]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  }

  /// Rosenbrock's valley over -2...2, its optimum 0 at (1, 1, 1, 1).
  private func valley(_ unit: [Double]) -> Double {
    let x = unit.map { 4 * $0 - 2 }
    return -zip(x, x.dropFirst()).reduce(0) { sum, pair in
      let bend = pair.1 - pair.0 * pair.0
      return sum + 100 * bend * bend + (1 - pair.0) * (1 - pair.0)
    }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func findsTheCentreOfASphere(seed: UInt64) throws {
    let strategy = CMAES(start: [0.5, 0.5, 0.5, 0.5], sigma: 1 / 6, seed: seed)
    let found = try best(strategy, evaluations: 1200, sphere)
    // CMA-ES gains about a digit of the distance in 80 evaluations of a sphere in 4-D.
    #expect(found.score > -1e-16)
  }

  /// Along a bent valley the distribution has to turn and stretch: C is really adapted.
  @Test(arguments: [1, 2, 3] as [UInt64])
  func followsABentValley(seed: UInt64) throws {
    let strategy = CMAES(start: [0.5, 0.5, 0.5, 0.5], sigma: 1 / 6, seed: seed)
    let found = try best(strategy, evaluations: 6000, valley)
    #expect(found.score > -1e-12)
    #expect(found.point.allSatisfy { abs(4 * $0 - 2 - 1) < 1e-5 })
  }

  /// Far fewer digits than CMA-ES finds, from the same number of evaluations.
  @Test func randomSearchIsWorse() throws {
    let random = try best(RandomSearch(size: 4, seed: 1), evaluations: 1200, sphere)
    #expect(random.score > -0.05 && random.score < -1e-6)
  }

  /// A linear function is best in a corner; reflection must not push the search away from it.
  @Test func findsAnOptimumOnTheBounds() throws {
    let strategy = CMAES(start: [0.5, 0.5, 0.5], sigma: 0.3, seed: 4)
    let found = try best(strategy, evaluations: 800) { $0[0] - $0[1] + 2 * $0[2] }
    #expect(found.score > 3 - 1e-6)
  }

  @Test(arguments: [1, 2, 5, 40])
  func boundsAreKept(size: Int) throws {
    for method in SearchMethod.allCases {
      var strategy = method.strategy(
        start: [Double](repeating: 0.99, count: size), sigma: 1, seed: 9)
      for _ in 0..<30 {
        let points = strategy.ask()
        #expect(points.allSatisfy { $0.count == size && $0.allSatisfy((0...1).contains) })
        try strategy.tell(points.map { $0.reduce(0, +) })
      }
    }
  }

  @Test(arguments: [(0.25, 0.25), (-0.25, 0.25), (1.25, 0.75), (2.25, 0.25), (-1.5, 0.5), (1, 1)])
  func drawsOutsideAreFoldedBack(x: Double, folded: Double) {
    #expect(CMAES.folded(x) == folded)
  }

  /// The tutorial's population sizes.
  @Test(arguments: [(1, 4), (2, 6), (4, 8), (10, 10), (100, 17)])
  func populationFollowsTheSize(size: Int, population: Int) {
    var strategy = CMAES(start: [Double](repeating: 0.5, count: size), sigma: 0.1, seed: 1)
    #expect(strategy.ask().count == population)
  }

  @Test func equalSeedsAskForEqualPoints() throws {
    var (one, same) = (
      CMAES(start: [0.5, 0.2], sigma: 0.2, seed: 5),
      CMAES(start: [0.5, 0.2], sigma: 0.2, seed: 5)
    )
    var other = CMAES(start: [0.5, 0.2], sigma: 0.2, seed: 6)
    for _ in 0..<20 {
      let points = one.ask()
      #expect(points == same.ask())
      #expect(points != other.ask())
      let scores = points.map { -$0[0] * $0[1] }
      try one.tell(scores)
      try same.tell(scores)
      try other.tell(scores)
    }
  }

  /// Greedy answers give equal scores to near parameters: the steps must grow, not die.
  @Test func equalScoresLengthenTheSteps() throws {
    var strategy = CMAES(start: [0.5, 0.5], sigma: 0.01, seed: 3)
    for _ in 0..<10 { try strategy.tell(strategy.ask().map { _ in 0.5 }) }
    #expect(strategy.sigma > 0.02)
  }

  /// Candidates without a score count as the worst.
  @Test func missingScoresAreTheWorst() throws {
    let strategy = CMAES(start: [0.5, 0.5, 0.5, 0.5], sigma: 1 / 6, seed: 2)
    let found = try best(strategy, evaluations: 1200) { $0[0] > 0.4 ? .nan : sphere($0) }
    #expect(found.score > -1e-12)
  }
}
