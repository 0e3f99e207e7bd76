/// The comparisons of the responses to one prompt.
struct PairTable {
  struct Entry {
    var one: Int
    var two: Int
    var pair: JudgedPair
  }

  let players: Int
  let entries: [Entry]
  /// For each player why a comparison of it failed.
  private var failures: [String?]

  init(
    players: Int, pairs: [(one: Int, two: Int)], found: [Result<JudgedPair, Unanswered>]
  ) {
    self.players = players
    failures = [String?](repeating: nil, count: players)
    var entries: [Entry] = []
    for (pair, found) in zip(pairs, found) {
      switch found {
      case .success(let judged): entries.append(Entry(one: pair.one, two: pair.two, pair: judged))
      case .failure(let unanswered):
        failures[pair.one] = failures[pair.one] ?? unanswered.reason
        failures[pair.two] = failures[pair.two] ?? unanswered.reason
      }
    }
    self.entries = entries
  }

  /// Why a player has no score: every comparison of it failed.
  func failure(of player: Int) -> String? {
    entries.contains { $0.one == player || $0.two == player } ? nil : failures[player]
  }

  /// Mean probability of winning over a player's comparisons.
  var meanWins: [Double] {
    var (wins, counts) = (
      [Double](repeating: 0, count: players), [Int](repeating: 0, count: players)
    )
    for entry in entries {
      wins[entry.one] += entry.pair.win
      wins[entry.two] += 1 - entry.pair.win
      counts[entry.one] += 1
      counts[entry.two] += 1
    }
    return zip(wins, counts).map { $0 / Double(max(1, $1)) }
  }

  /// Mean position bias over a player's comparisons.
  func bias(of player: Int) -> Double {
    let own = entries.filter { $0.one == player || $0.two == player }
    return own.reduce(0) { $0 + $1.pair.bias } / Double(max(1, own.count))
  }
}
