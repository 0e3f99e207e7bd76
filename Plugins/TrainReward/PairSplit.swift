import PluginAPI

/// Pairs to train on and pairs to report on, no prompt in both. Each part in file order.
struct PairSplit: Sendable {
  var training: [RewardPair]
  var heldout: [RewardPair]

  /// - Parameter share: Of the prompts, rounded; at least one prompt when it is above 0, and never
  ///   all of them.
  init(_ pairs: [RewardPair], share: Double, seed: UInt64) {
    var places: [String: Int] = [:]
    let prompts = pairs.map { pair in
      let key = pair.promptKey
      let place = places[key] ?? places.count
      places[key] = place
      return place
    }
    let wanted = Int((share * Double(places.count)).rounded())
    let count = share > 0 ? min(max(1, wanted), places.count - 1) : 0
    let order = CounterRNG(seed: seed, stream: Self.stream).permutation(places.count)
    let chosen = Set(order.prefix(max(0, count)))
    training = zip(pairs, prompts).filter { !chosen.contains($0.1) }.map(\.0)
    heldout = zip(pairs, prompts).filter { chosen.contains($0.1) }.map(\.0)
  }

  private static let stream: UInt64 = 0x4845_4C44_4F55_5400
}
