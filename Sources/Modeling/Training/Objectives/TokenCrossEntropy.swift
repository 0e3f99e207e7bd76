/// Mean cross-entropy over all counted tokens of an update: supervised fine-tuning.
public struct TokenCrossEntropy: SequenceObjective {
  public let sequencesPerRow = 1
  public let needsReference = false

  public init() {}

  public func evaluate(_ batch: ObjectiveBatch) -> ObjectiveResult {
    let scale = 1 / Double(max(1, batch.updateTokens))
    return ObjectiveResult(
      loss: -batch.policy.joined().reduce(0, +) * scale,
      dPolicy: batch.policy.map { $0.map { _ in -scale } })
  }
}
