import PluginAPI

/// Who is compared with whom.
struct PairSchedule: Sendable {
  /// Opponents of each player; 0 is everybody.
  let opponents: Int
  let seed: Int

  /// The distinct responses in an order that depends on nothing but themselves and the seed, so
  /// that a response meets the same opponents wherever it stands in its group.
  func players(_ responses: [String]) -> [String] {
    var seen: Set<String> = []
    return responses.filter { seen.insert($0).inserted }
      .map { (key: SHA256.hex(of: "\(seed)\n\($0)"), text: $0) }
      .sorted { $0.key < $1.key }.map(\.text)
  }

  /// Pairs of `count` players, each once.
  ///
  /// Where opponents are limited the players stand on a circle and meet those at distance 1, 2, …
  /// on both sides: everybody has equally many opponents, and from two on all are connected. An odd number of
  /// opponents needs an even number of players, who then meet the one opposite too; else everybody
  /// gets one opponent more.
  func pairs(_ count: Int) -> [(one: Int, two: Int)] {
    guard count > 1 else { return [] }
    let wanted = opponents == 0 ? count - 1 : min(opponents, count - 1)
    var distances = Array(1..<1 + wanted / 2)
    if wanted % 2 == 1 { distances.append(count % 2 == 0 ? count / 2 : wanted / 2 + 1) }
    return distances.flatMap { distance in
      // Opposite players meet once, not from both sides.
      (0..<(2 * distance == count ? distance : count)).map { ($0, ($0 + distance) % count) }
    }
  }
}
