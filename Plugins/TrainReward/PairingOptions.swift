import PluginAPI

/// Which scored answers to a prompt become pairs.
struct PairingOptions: PluginOptions {
  /// Whose answers.
  enum Writers: String, OptionChoice { case sources, target, all }

  enum Rule: String, OptionChoice {
    /// The best against the worst.
    case extremes
    /// Every two that differ enough.
    case all
  }

  @Setting("Whose answers are compared, where no file brings the pairs.") var from = Writers.sources
  @Setting("Of a prompt's answers, the best against the worst, or every two of different score.")
  var pairs = Rule.extremes
  @Setting("Smallest difference in score between two answers of a pair.", in: 0.0...)
  var marginToPair = 0.0
  @Setting("Most pairs a prompt gives, drawn at random; none: all.", in: 1...)
  var pairsPerPrompt: Int?

  init() {}

  /// Pairs of the answers to the job's prompts, judged by the recipe's rewards.
  func pairs(_ job: any FusionJob) throws -> [RewardPair] {
    let models =
      switch from {
      case .sources: job.sources
      case .target: [job.target]
      case .all: job.sources + [job.target]
      }
    let answers = try job.scoredResponses(of: models, to: job.prompts)
    var (pairs, without) = ([RewardPair](), 0)
    for (index, prompt) in job.prompts.enumerated() {
      let own = self.pairs(
        of: answers.flatMap { $0[index] }, to: prompt.messages, place: prompt.place,
        random: random(job.seed, index))
      if own.isEmpty { without += 1 }
      pairs += own
    }
    job.log(
      "\(pairs.count) pairs of \(job.prompts.count) prompts; \(without) have no two answers whose "
        + "scores differ enough")
    return pairs
  }

  /// Pairs of the answers to one prompt; answers that could not be scored are passed over, and the
  /// same two texts are paired once.
  func pairs(
    of answers: [ScoredResponse], to prompt: [Message], place: String, random: CounterRNG
  ) -> [RewardPair] {
    let judged = answers.filter(\.score.isFinite)
    let found: [(better: ScoredResponse, worse: ScoredResponse)]
    switch pairs {
    case .extremes: found = ResponseChoice.extremes(judged).map { [($0.best, $0.worst)] } ?? []
    case .all:
      found = judged.flatMap { better in
        judged.filter { $0.score < better.score && $0.text != better.text }
          .map { (better, $0) }
      }
    }
    var seen: Set<[String]> = []
    let pairs = found.filter {
      $0.better.score - $0.worse.score >= marginToPair
        && seen.insert([$0.better.text, $0.worse.text]).inserted
    }
    return drawn(pairs.count, random).map { place in pairs[place] }.map {
      RewardPair(
        prompt: prompt, chosen: $0.better.text, rejected: $0.worse.text,
        chosenScore: $0.better.score, rejectedScore: $0.worse.score, place: place)
    }
  }

  /// Places of the pairs that stay, ascending.
  private func drawn(_ count: Int, _ random: CounterRNG) -> [Int] {
    guard let pairsPerPrompt, pairsPerPrompt < count else { return Array(0..<count) }
    return random.permutation(count).prefix(pairsPerPrompt).sorted()
  }

  func random(_ seed: UInt64, _ row: Int) -> CounterRNG {
    CounterRNG(seed: seed, stream: Self.stream).substream(UInt64(row))
  }

  private static let stream: UInt64 = 0x5041_4952_5300
}
