import PluginAPI

/// A reward as a judge: the higher score wins.
struct RewardJudge: PairJudge {
  let reward: RewardHandle
  /// Scores that differ by no more are equal.
  let tie: Double

  var name: String { "reward:\(reward.name)" }

  func verdicts(_ pairs: [AnswerPair], console: Console) throws -> [PairVerdict] {
    let bar = ProgressBar("judging", total: pairs.count, unit: "pairs", console: console)
    var verdicts: [PairVerdict] = []
    for start in stride(from: 0, to: pairs.count, by: Self.pairsPerBatch) {
      try Interruption.check()
      let batch = pairs[start..<min(start + Self.pairsPerBatch, pairs.count)]
      let scores = try reward.judge(batch.flatMap { [$0.one, $0.two] }).map { Double($0.value) }
      for index in batch.indices {
        let place = 2 * (index - start)
        verdicts.append(verdict(scores[place], scores[place + 1]))
      }
      bar.update(to: verdicts.count)
    }
    bar.finish()
    return verdicts
  }

  private static let pairsPerBatch = 128

  private func verdict(_ one: Double, _ two: Double) -> PairVerdict {
    guard one.isFinite, two.isFinite else { return PairVerdict(preference: nil) }
    let difference = two - one
    var verdict = PairVerdict(
      preference: abs(difference) <= tie ? .tie : difference > 0 ? .two : .one)
    verdict.numbers = [one, two]
    return verdict
  }
}
