import PluginAPI

/// How often the evaluated model's answers were preferred.
struct PairSummary: Sendable, Equatable {
  var wins = 0
  var ties = 0
  var losses = 0
  /// Pairs without a verdict; they count nowhere else.
  var undecided = 0
  /// Prompts with at least one verdict.
  var prompts = 0

  init(_ verdicts: some Sequence<(pair: AnswerPair, verdict: PairVerdict)>) {
    var decided: Set<String> = []
    for (pair, verdict) in verdicts {
      switch verdict.preference {
      case .two: wins += 1
      case .tie: ties += 1
      case .one: losses += 1
      case nil: undecided += 1
      }
      if verdict.preference != nil { decided.insert(pair.prompt.id) }
    }
    prompts = decided.count
  }

  /// Pairs with a verdict.
  var count: Int { wins + ties + losses }

  /// Share of pairs that are won, ties counting half; nil without pairs.
  var winRate: Double? {
    count > 0 ? (Double(wins) + Double(ties) / 2) / Double(count) : nil
  }

  /// 95 % interval of the win rate. Several answers to one prompt do not make it narrower: they are
  /// no new evidence about others.
  var interval: ClosedRange<Double>? {
    winRate.map { wilsonInterval(share: $0, count: prompts) }
  }

  var json: JSONObject {
    [
      "n": .int(Int64(count)), "wins": .int(Int64(wins)), "ties": .int(Int64(ties)),
      "losses": .int(Int64(losses)), "win_rate": winRate.map { .number($0) } ?? .null,
      "interval_95": interval.map { .array([.number($0.lowerBound), .number($0.upperBound)]) }
        ?? .null,
      "undecided": .int(Int64(undecided)),
    ]
  }
}

/// Whether a judge that sees both orders can be trusted.
struct JudgeReliability: Sendable, Equatable {
  /// Share of pairs, of those read in both orders, on which the order changed nothing; nil for
  /// judges that see no order, or without such pairs.
  var consistency: Double?
  /// Share of readable verdicts for the answer shown first, of those that are no ties.
  var firstPosition: Double?
  /// Replies without a verdict.
  var unreadable = 0
  /// Replies in all.
  var replies = 0

  init(_ verdicts: [PairVerdict]) {
    let consistent = verdicts.compactMap(\.isConsistent)
    if !consistent.isEmpty {
      consistency = Double(consistent.count { $0 }) / Double(consistent.count)
    }
    let shown = verdicts.flatMap { verdict in
      verdict.orders.enumerated().map { order, read in order == 0 ? read : read?.swapped }
    }
    replies = shown.count
    unreadable = shown.count { $0 == nil }
    let decided = shown.count { $0 == .one || $0 == .two }
    if decided > 0 { firstPosition = Double(shown.count { $0 == .one }) / Double(decided) }
  }

  var json: JSONObject {
    [
      "position_consistency": consistency.map { .number($0) } ?? .null,
      "first_position_rate": firstPosition.map { .number($0) } ?? .null,
      "replies": .int(Int64(replies)), "unreadable_replies": .int(Int64(unreadable)),
    ]
  }
}
