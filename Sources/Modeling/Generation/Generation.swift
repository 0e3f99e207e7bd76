/// One sampled response.
public struct Generation: Sendable, Equatable, Codable {
  public enum FinishReason: String, Sendable, Codable {
    /// An end token or a stop string.
    case stop
    /// `maxTokens` reached.
    case length
  }

  public var text: String
  /// Without the end token.
  public var tokenIDs: [Int32]
  public var finish: FinishReason
  /// Sum of the log-probabilities of the drawn tokens under the sampled distribution's model
  /// (before temperature and cuts), nats.
  public var logProb: Double

  public init(text: String, tokenIDs: [Int32], finish: FinishReason, logProb: Double) {
    self.text = text
    self.tokenIDs = tokenIDs
    self.finish = finish
    self.logProb = logProb
  }
}
