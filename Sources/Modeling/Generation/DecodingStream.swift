internal import Kernels

/// One sample being drawn.
final class DecodingStream {
  let job: Int
  /// Place of the sample in its job's list.
  let place: Int
  let promptIDs: [Int32]
  private(set) var tokenIDs: [Int32] = []
  private(set) var logProb = 0.0
  /// nil until the sample is done.
  private(set) var finish: Generation.FinishReason?
  /// The text up to a stop string, when one ended the sample.
  private(set) var stoppedText: String?
  var cache: StreamCache
  private let random: CounterRNG

  init(
    job: Int, place: Int, promptIDs: [Int32], cache: StreamCache, random: CounterRNG
  ) {
    self.job = job
    self.place = place
    self.promptIDs = promptIDs
    self.cache = cache
    self.random = random
  }

  /// Tokens before the next one.
  var length: Int { promptIDs.count + tokenIDs.count }
  var lastToken: Int32 { tokenIDs.last ?? promptIDs[promptIDs.count - 1] }

  /// Draws the next token from its logits and decides whether that was the last one.
  func take(_ logits: UnsafeBufferPointer<Float>, sampler: Sampler, rules: FinishRules) {
    let draw = sampler.draw(logits, uniform: random.uniform(UInt64(tokenIDs.count)))
    logProb += draw.logProb
    if rules.endTokens.contains(draw.token) {
      finish = .stop
      return
    }
    tokenIDs.append(draw.token)
    if let stopped = rules.stopped(tokenIDs) {
      tokenIDs.removeLast(tokenIDs.count - stopped.tokens)
      stoppedText = stopped.text
      finish = .stop
    } else if tokenIDs.count >= rules.maxTokens || length >= rules.lengthLimit {
      finish = .length
    }
  }
}

/// When a sample is done.
struct FinishRules {
  let endTokens: Set<Int32>
  let maxTokens: Int
  /// Positions the model has, prompt included.
  let lengthLimit: Int
  let stop: [String]
  let decode: ([Int32]) -> String

  /// The text before the first stop string in `tokens`, and how many tokens lie before it whole;
  /// nil while none has come.
  func stopped(_ tokens: [Int32]) -> (text: String, tokens: Int)? {
    guard !stop.isEmpty else { return nil }
    let bytes = Array(decode(tokens).utf8)
    let places = stop.compactMap { firstPlace(of: Array($0.utf8), in: bytes) }
    guard let cut = places.min() else { return nil }
    var count = tokens.count - 1
    while count > 0, decode(Array(tokens[..<count])).utf8.count > cut { count -= 1 }
    return (String(decoding: bytes[..<cut], as: UTF8.self), count)
  }

  private func firstPlace(of text: [UInt8], in bytes: [UInt8]) -> Int? {
    guard !text.isEmpty, text.count <= bytes.count else { return nil }
    return (0...bytes.count - text.count).first { bytes[$0..<$0 + text.count].elementsEqual(text) }
  }
}
