internal import Glibc
internal import Kernels

/// Draws one token from a row of logits.
///
/// Cuts are applied in the order of transformers: temperature, top-k, top-p over what top-k left,
/// min-p. Equal logits are taken in the order of their ids. A draw uses one uniform number, so it
/// depends on nothing but the row and that number.
struct Sampler {
  let settings: SamplingSettings

  struct Draw: Equatable {
    var token: Int32
    /// Under the model itself, before temperature and cuts.
    var logProb: Double
  }

  func draw(_ logits: UnsafeBufferPointer<Float>, uniform: Double) -> Draw {
    let token = settings.temperature == 0 ? largest(logits) : sampled(logits, uniform)
    return Draw(token: Int32(token), logProb: Double(logits[token]) - logSumExp(logits))
  }

  /// Index of the largest value, the first of equals.
  private func largest(_ logits: UnsafeBufferPointer<Float>) -> Int {
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    return best
  }

  private var cuts: Bool { settings.topK > 0 || settings.topP < 1 || settings.minP > 0 }

  private func sampled(_ logits: UnsafeBufferPointer<Float>, _ uniform: Double) -> Int {
    let scaled = logits.map { $0 / Float(settings.temperature) }
    return scaled.withUnsafeBufferPointer { scaled in
      let top = Double(scaled[largest(scaled)])
      guard cuts else { return walk(scaled, Array(scaled.indices), top, uniform) }
      return walk(scaled, kept(scaled, top: top), top, uniform)
    }
  }

  /// The token at which the running sum of probabilities passes `uniform`.
  private func walk(
    _ scaled: UnsafeBufferPointer<Float>, _ tokens: [Int], _ top: Double, _ uniform: Double
  ) -> Int {
    let weights = tokens.map { exp(Double(scaled[$0]) - top) }
    var rest = uniform * weights.reduce(0, +)
    for (index, weight) in weights.enumerated() {
      rest -= weight
      if rest < 0 { return tokens[index] }
    }
    // Rounding can leave a crumb: the last token that can be drawn has it.
    let last = weights.lastIndex { $0 > 0 } ?? 0
    return tokens[last]
  }

  /// What the cuts leave, most probable first.
  private func kept(_ scaled: UnsafeBufferPointer<Float>, top: Double) -> [Int] {
    var tokens: [Int]
    if settings.topK > 0 {
      tokens = mostProbable(scaled, top: top) { candidates in candidates.count >= settings.topK }
      // Ties with the last one stay, as in transformers.
      let last = scaled[tokens[min(settings.topK, tokens.count) - 1]]
      tokens.removeLast(tokens.count - (tokens.lastIndex { scaled[$0] >= last } ?? 0) - 1)
    } else {
      let total = exp(logSumExp(scaled) - top)
      tokens = mostProbable(scaled, top: top) { candidates in
        settings.topP < 1
          ? mass(scaled, candidates, top) >= settings.topP * total
          : settings.minP > 0
            && Double(scaled[candidates[candidates.count - 1]]) - top
              < log(settings.minP)
      }
      return cutByShare(scaled, tokens, top: top, total: total)
    }
    return cutByShare(scaled, tokens, top: top, total: mass(scaled, tokens, top))
  }

  /// Top-p, then min-p, on tokens in falling order.
  private func cutByShare(
    _ scaled: UnsafeBufferPointer<Float>, _ tokens: [Int], top: Double, total: Double
  ) -> [Int] {
    var sum = 0.0
    var kept: [Int] = []
    for token in tokens {
      let weight = exp(Double(scaled[token]) - top)
      if !kept.isEmpty, sum >= settings.topP * total || weight < settings.minP { break }
      sum += weight
      kept.append(token)
    }
    return kept
  }

  private func mass(
    _ scaled: UnsafeBufferPointer<Float>, _ tokens: [Int], _ top: Double
  ) -> Double {
    tokens.reduce(0) { $0 + exp(Double(scaled[$1]) - top) }
  }

  /// The most probable tokens in falling order, more and more of them until `isEnough` (or all).
  /// Sorting a few candidates is far cheaper than sorting the vocabulary.
  private func mostProbable(
    _ scaled: UnsafeBufferPointer<Float>, top: Double, until isEnough: ([Int]) -> Bool
  ) -> [Int] {
    var depth: Float = 4
    while true {
      let floor = Float(top) - depth
      let candidates = scaled.indices.filter { scaled[$0] >= floor }
      let isAll = candidates.count == scaled.count
      if isAll || candidates.count > 0 {
        let sorted = candidates.sorted {
          scaled[$0] != scaled[$1] ? scaled[$0] > scaled[$1] : $0 < $1
        }
        if isAll || isEnough(sorted) { return sorted }
      }
      depth = depth < 1e6 ? depth * 2 : .infinity
    }
  }
}
