import PluginAPI

/// Whether σ(Δr), the chance that the model gives to the preferred response, is how often it is
/// right.
struct Calibration: Sendable, Equatable {
  /// Pairs of similar confidence max(σ(Δr), 1 − σ(Δr)).
  struct Bin: Sendable, Equatable {
    var low: Double
    var high: Double
    var pairs = 0
    /// Means over its pairs; 0 without any.
    var confidence = 0.0
    var accuracy = 0.0
  }

  /// Ten of equal width from 0.5 to 1: whichever response is given first, a pair's confidence is
  /// the same, so bins over σ(Δr) itself would hold everything twice.
  private(set) var bins: [Bin]
  /// Expected calibration error: Σ share of the bin · |accuracy − confidence|.
  private(set) var error = 0.0
  /// Mean −log σ(Δr).
  let loss: Double
  /// T at which the loss of Δr / T is smallest; nil when none is (the model is always right, or no
  /// better than chance).
  let temperature: Double?

  /// - Parameter leads: Δr of each pair, at least one.
  init(leads: [Double]) {
    bins = (0..<10).map {
      Bin(low: 0.5 + Double($0) / 20, high: 0.5 + Double($0 + 1) / 20)
    }
    for lead in leads {
      let confidence = sigmoid(abs(lead))
      let place = min(9, max(0, Int((confidence - 0.5) * 20)))
      bins[place].pairs += 1
      bins[place].confidence += confidence
      bins[place].accuracy += lead > 0 ? 1 : lead == 0 ? 0.5 : 0
    }
    for place in bins.indices where bins[place].pairs > 0 {
      let count = Double(bins[place].pairs)
      bins[place].confidence /= count
      bins[place].accuracy /= count
      error +=
        count / Double(leads.count) * abs(bins[place].accuracy - bins[place].confidence)
    }
    loss = Self.loss(leads, temperature: 1)
    temperature = Self.fitted(leads)
  }

  static func loss(_ leads: [Double], temperature: Double) -> Double {
    leads.reduce(0) { $0 + softplus(-$1 / temperature) } / Double(leads.count)
  }

  /// The loss is convex in a = 1/T; its slope Σ −Δ σ(−aΔ) is bisected.
  private static func fitted(_ leads: [Double]) -> Double? {
    func slope(_ a: Double) -> Double { leads.reduce(0) { $0 - $1 * sigmoid(-a * $1) } }
    guard slope(0) < 0, leads.contains(where: { $0 < 0 }) else { return nil }
    var (low, high) = (0.0, 1.0)
    while slope(high) < 0, high < 1e6 { high *= 2 }
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if slope(middle) < 0 { low = middle } else { high = middle }
    }
    return 2 / (low + high)
  }
}
