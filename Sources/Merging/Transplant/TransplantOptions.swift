internal import PluginAPI

/// How the row of a donor token that the model lacks is made.
public enum TransplantMethod: String, Sendable, CaseIterable {
  case omp
  case commonInterpolation = "common_interpolation"
  case subword
  case mean
  case zero
  case randn
  case johnHewitt = "john_hewitt"
}

/// What "near" means between donor rows.
public enum RowDistance: String, Sendable, CaseIterable {
  case euclidean
  /// 1 − cosine.
  case cosine
}

/// How the nearest shared rows are weighted.
public enum NeighbourWeights: String, Sendable, CaseIterable {
  /// ∝ 1 / distance.
  case distanceProportional = "distance_proportional"
  /// The combination with sum 1 that is nearest to the donor row.
  case barycentric
  /// The nearest combination, whatever its sum.
  case leastSquares = "least_squares"
}

/// How the rows of a token's pieces become one row.
public enum SubwordMethod: String, Sendable, CaseIterable {
  case mean
  case sum
  /// Weights 1, 2, … towards the last piece; in the head towards the first.
  case weightedMean = "weighted_mean"
  /// The last piece; in the head the first.
  case firstLast = "first_last"
}

/// Which of the two matrices a looser way of matching tokens is allowed for.
public enum MatchScope: String, Sendable, CaseIterable {
  case no
  case yes
  case embed
  case head = "lm_head"

  func includes(isHead: Bool) -> Bool { self == .yes || self == (isHead ? .head : .embed) }
}

/// Settings of a tokenizer transplant, by the names of mergekit's tokensurgeon.
public struct TransplantOptions: Sendable {
  public var method = TransplantMethod.omp
  /// Shared rows that one new row is made of, at most, for `omp` and `common_interpolation`.
  public var neighbours = 64
  public var distance = RowDistance.euclidean
  public var weights = NeighbourWeights.distanceProportional
  public var subword = SubwordMethod.mean
  /// Take the row of the longest shared beginning of the token.
  public var prefixMatch = MatchScope.no
  /// Take byte tokens (`<0x41>`) for the character and the other way round.
  public var byteMatch = MatchScope.no
  /// Leave badly trained tokens of either model out of what is shared.
  public var skipsUndertrained = false
  /// Every random row follows from it.
  public var seed: UInt64 = 0

  public static let neighbourRange = 1...4096

  public init() {}

  /// - Throws: `Problem` (64) for a number of neighbours out of range.
  func check() throws {
    guard Self.neighbourRange.contains(neighbours) else {
      throw Problem(
        .usage, "k is \(neighbours)",
        expected: "\(Self.neighbourRange.lowerBound) to \(Self.neighbourRange.upperBound)")
    }
  }
}
