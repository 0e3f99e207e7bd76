/// Which of two answers is better.
public enum PairPreference: Sendable, Equatable {
  case one, two, tie

  /// The same, told of the answers in the other order.
  public var swapped: PairPreference {
    switch self {
    case .one: .two
    case .two: .one
    case .tie: .tie
    }
  }

  /// What the second answer gets of a win: 0, 1, or a half.
  public var share: Double {
    switch self {
    case .one: 0
    case .two: 1
    case .tie: 0.5
    }
  }
}
