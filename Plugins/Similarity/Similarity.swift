import PluginAPI

/// The cosine of two texts' mean hidden states in a model: how close a response is in meaning to
/// the reference (or the prompt).
final class SimilarityReward: ExplainingReward {
  static let name = "similarity"
  static let summary = "Cosine of response and reference in the hidden states of a model."

  enum Other: String, OptionChoice { case reference, prompt }
  enum Pooling: String, OptionChoice { case mean, last }

  struct Options: PluginOptions {
    @Setting("The model whose hidden states are compared.") var model: ModelHandle?
    @Setting("What the response is compared with.") var to = Other.reference
    @Setting("Mean over all tokens, or the last token alone.") var pooling = Pooling.mean
    @Setting("Longest text, in tokens; longer ones lose their end.", in: 1...) var maxLength = 512
  }

  private let handle: ModelHandle
  private let options: Options

  init(_ options: Options) throws {
    guard let handle = options.model else {
      throw OptionError("model", "none", "a model is needed, whose hidden states are compared")
    }
    self.handle = handle
    self.options = options
  }

  var identity: String { get throws { try handle.open().identity } }

  /// One cosine in −1...1 per completion.
  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let model = try handle.openDecoder(to: "embed texts")
    let limit = min(options.maxLength, model.decoder.config.maximumLength)
    // A reference is shared by all answers to its prompt.
    var known: [String: [Double]?] = [:]
    func embedded(_ text: String) throws -> [Double]? {
      if let embedding = known[text] { return embedding }
      let embedding = try embedding(of: text, model, limit)
      known[text] = .some(embedding)
      return embedding
    }
    return try batch.map { completion in
      guard let other = other(completion.prompt) else {
        return RewardScore(failure: "the row has no 'reference' to compare with")
      }
      guard let a = try embedded(completion.response), let b = try embedded(other) else {
        return RewardScore(failure: "an empty text has no meaning to compare")
      }
      let cosine = cosine(a, b)
      return cosine.isFinite
        ? RewardScore(Float(cosine))
        : RewardScore(failure: "the model's hidden states are not finite")
    }
  }

  private func other(_ prompt: Prompt) -> String? {
    switch options.to {
    case .reference: prompt.reference
    case .prompt: prompt.messages.last { $0.role == "user" }?.content
    }
  }

  /// Mean or last row of the hidden states after the final norm, [C]; nil for a text without
  /// tokens.
  private func embedding(of text: String, _ model: LoadedModel, _ limit: Int) throws -> [Double]? {
    let ids = Array(try model.textIDs(text).prefix(limit))
    guard !ids.isEmpty else { return nil }
    let hidden = model.decoder.hidden(
      Tape(recording: false), ids: ids, layout: SequenceLayout(lengths: [ids.count])
    ).value
    let (values, width) = (hidden.floats(), hidden.width)
    guard options.pooling == .mean else { return values.suffix(width).map(Double.init) }
    var sum = [Double](repeating: 0, count: width)
    for row in 0..<ids.count {
      for column in 0..<width { sum[column] += Double(values[row * width + column]) }
    }
    // The cosine does not care for the count.
    return sum
  }

  /// NaN when one of them is zero.
  private func cosine(_ a: [Double], _ b: [Double]) -> Double {
    let dot = zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
    let squares = [a, b].map { $0.reduce(0) { $0 + $1 * $1 } }
    let cosine = dot / (squares[0] * squares[1]).squareRoot()
    // max and min would make a number of what is none.
    return cosine.isFinite ? min(1, max(-1, cosine)) : .nan
  }
}

@c(crucible_plugin_Similarity)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Similarity", version: "1.0.0", summary: SimilarityReward.summary,
    rewards: [SimilarityReward.self])
}
