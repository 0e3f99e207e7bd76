/// A way of choosing what to try next. It maximises, over points whose every coordinate lies in
/// 0...1.
///
/// Equal strategies that are told equal scores ask for equal points: a search is replayed from its
/// scores alone.
public protocol SearchStrategy: Sendable {
  /// The points of the next round, one at least.
  mutating func ask() -> [[Double]]

  /// The scores of the last round, in its order; NaN for a point that has none.
  ///
  /// - Throws: `Problem` when the arithmetic breaks down.
  mutating func tell(_ scores: [Double]) throws
}

/// The known strategies, as commands name them.
public enum SearchMethod: String, Sendable, CaseIterable {
  case cmaES = "cma-es"
  case random

  /// - Parameters:
  ///   - start: Where the search begins.
  ///   - sigma: First standard deviation, as a share of the width of the bounds; random search has
  ///     no use for it.
  public func strategy(start: [Double], sigma: Double, seed: UInt64) -> any SearchStrategy {
    switch self {
    case .cmaES: CMAES(start: start, sigma: sigma, seed: seed)
    case .random: RandomSearch(size: start.count, seed: seed)
    }
  }
}

/// Uniform in the bounds, every point on its own: what a cleverer search has to beat.
public struct RandomSearch: SearchStrategy {
  private let size: Int
  private let rng: CounterRNG
  private var round: UInt64 = 0

  public init(size: Int, seed: UInt64) {
    self.size = size
    rng = CounterRNG(seed: seed)
  }

  public mutating func ask() -> [[Double]] {
    let draws = rng.substream(round)
    return [(0..<size).map { draws.uniform(UInt64($0)) }]
  }

  public mutating func tell(_ scores: [Double]) { round += 1 }
}
