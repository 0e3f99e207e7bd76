import PluginAPI

extension RewardHandle {
  /// What the reward says of each completion, batch by batch, with a bar.
  /// - Parameter doing: In front of the bar: "scoring".
  func judge(
    all completions: [Completion], doing: String, _ console: Console
  ) throws -> [RewardScore] {
    var scores = completions.map { _ in RewardScore(.nan) }
    let bar = ProgressBar(doing, total: completions.count, unit: "responses", console: console)
    var done = 0
    for batch in JudgingBatches(completions, for: model).rows {
      try Interruption.check()
      for (row, score) in zip(batch, try judge(batch.map { completions[$0] })) {
        scores[row] = score
      }
      done += batch.count
      bar.update(to: done)
    }
    bar.finish()
    return scores
  }
}
