import PluginAPI

/// `pairwise`: the judge says which of two responses is better, asked in both orders, and the score
/// is the mean probability of winning, or the strength in a Bradley-Terry fit.
///
/// Equal responses to a prompt are one player and get one score.
struct PairMethod: JudgingMethod {
  private let opponent: JudgeOptions.Opponent
  private let strength: JudgeOptions.Strength
  private let schedule: PairSchedule
  private let ridge: Double
  private let rubric: String?
  private let tally = PairTally()

  init(_ options: JudgeOptions) throws {
    try options.checkRubric(shows: ["a", "b"])
    guard options.against == .others || options.strength == .wins else {
      throw OptionError("strength", options.strength.rawValue, "needs against: others")
    }
    guard options.opponents != 1 || options.strength == .wins else {
      throw OptionError(
        "opponents", options.opponents, "leaves pairs that nothing connects; bradley-terry needs 2")
    }
    opponent = options.against
    strength = options.strength
    schedule = PairSchedule(opponents: options.opponents, seed: options.seed)
    ridge = options.ridge
    rubric = options.rubric
  }

  /// A comparison with the reference depends on no other response.
  var scope: RewardScope { opponent == .reference ? .response : .prompt }

  var identity: String {
    "\(opponent) \(strength) \(schedule) \(ridge) \(rubric ?? "ours, 1")"
  }

  var statistics: JSON { tally.json }

  func judge(_ batch: [Completion], with model: JudgingModel) throws -> [RewardScore] {
    let asker = PairAsker(model: model, rubric: rubric)
    guard opponent == .others else {
      return try batch.map { try againstReference($0, asker) }
    }
    return try batch.groupedByPrompt().flatMap { try tournament(Array(batch[$0]), asker) }
  }

  private func againstReference(
    _ completion: Completion, _ asker: PairAsker
  ) throws -> RewardScore {
    guard let reference = completion.prompt.reference else {
      return RewardScore(failure: "the row has no 'reference' to compare with")
    }
    guard reference != completion.response else { return Self.score(0.5, bias: 0) }
    let found = try asker.compare([(completion.response, reference)], completion.prompt)[0]
    tally.add([found])
    switch found {
    case .failure(let unanswered): return RewardScore(failure: unanswered.reason)
    case .success(let pair): return Self.score(pair.win, bias: pair.bias)
    }
  }

  private func tournament(_ group: [Completion], _ asker: PairAsker) throws -> [RewardScore] {
    let players = schedule.players(group.map(\.response))
    guard players.count > 1 else {
      return group.map { _ in Self.score(strength == .wins ? 0.5 : 0, bias: 0) }
    }
    let pairs = schedule.pairs(players.count)
    let found = try asker.compare(
      pairs.map { (players[$0.one], players[$0.two]) }, group[0].prompt)
    tally.add(found)
    let table = PairTable(players: players.count, pairs: pairs, found: found)
    let strengths =
      strength == .wins
      ? table.meanWins : try BradleyTerry(ridge: ridge).strengths(table)
    let scores = players.indices.map { player in
      table.failure(of: player).map { RewardScore(failure: $0) }
        ?? Self.score(strengths[player], bias: table.bias(of: player))
    }
    return group.map { scores[players.firstIndex(of: $0.response) ?? 0] }
  }

  /// With the judge's preference for the first of two shown answers, 0 being none and ±0.5 all.
  private static func score(_ value: Double, bias: Double) -> RewardScore {
    RewardScore(Float(value), parts: [("position_bias", Float(bias))])
  }
}
