/// A reward that can say more of a row than a number: why it failed, what the score is made of.
public protocol ExplainingReward: RewardModel {
  /// One score per completion, in batch order; otherwise as `scores(_:)`, which follows from it.
  /// [any thread, one call at a time]
  func judge(_ batch: [Completion]) throws -> [RewardScore]
}

extension ExplainingReward {
  public func scores(_ batch: [Completion]) throws -> [Float] { try judge(batch).map(\.value) }
}

/// What a reward says of one completion.
public struct RewardScore: Sendable {
  /// NaN: could not be judged.
  public var value: Float
  /// Why it could not be judged, in one line. The host cuts and escapes it.
  public var failure: String?
  /// What the value is made of (objectives, questions, rewards), in the reward's order.
  public var parts: [(name: String, value: Float)]

  public init(_ value: Float, parts: [(name: String, value: Float)] = []) {
    self.value = value
    self.parts = parts
  }

  public init(failure: String) {
    value = .nan
    self.failure = failure
    parts = []
  }
}
