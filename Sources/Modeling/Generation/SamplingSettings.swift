/// How tokens are drawn. The defaults draw from the model's own distribution.
public struct SamplingSettings: Sendable, Equatable, Codable {
  /// 0 takes the most probable token (greedy); otherwise logits are divided by it.
  public var temperature: Double
  /// Keep the smallest set of tokens whose probability reaches this, in (0, 1]. 1 keeps all.
  public var topP: Double
  /// Keep this many of the most probable tokens. 0 keeps all.
  public var topK: Int
  /// Drop tokens less probable than this share of the most probable one, in [0, 1].
  public var minP: Double
  /// Tokens after the prompt, the end token not counted.
  public var maxTokens: Int
  /// Generation ends before the first of these texts; they are not part of the response.
  public var stop: [String]

  public init(
    temperature: Double = 1, topP: Double = 1, topK: Int = 0, minP: Double = 0,
    maxTokens: Int = 256, stop: [String] = []
  ) {
    self.temperature = temperature
    self.topP = topP
    self.topK = topK
    self.minP = minP
    self.maxTokens = maxTokens
    self.stop = stop
  }
}
