import PluginAPI

/// Rewards that together say which of several responses is the best: their weighted sum.
struct Panel {
  let rewards: [RewardHandle]
  /// Completions judged together, unless a prompt alone has more.
  private static let batchSize = 256

  /// A score for every completion; NaN where one of the rewards could not judge it. All
  /// completions of a prompt must stand one after another.
  /// - Parameter check: Called between batches; throws to stop.
  func scores(
    _ completions: [Completion], check: () throws -> Void = {}
  ) throws -> (scores: [Double], failure: String?) {
    var scores: [Double] = []
    var failure: String?
    for batch in Self.batches(completions) {
      try check()
      var sums = [Double](repeating: 0, count: batch.count)
      for reward in rewards {
        for (row, score) in try reward.judge(Array(completions[batch])).enumerated() {
          sums[row] += reward.weight * Double(score.value)
          if score.value.isNaN, failure == nil {
            failure = reward.name + (score.failure.map { ": \($0)" } ?? " could not judge it")
          }
        }
      }
      scores += sums
    }
    return (scores, failure)
  }

  private static func batches(_ completions: [Completion]) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    for group in completions.groupedByPrompt() {
      if let last = batches.last, last.count + group.count <= batchSize {
        batches[batches.count - 1] = last.lowerBound..<group.upperBound
      } else {
        batches.append(group)
      }
    }
    return batches
  }

  /// The best score's place, the first of equals; nil when none is finite.
  static func best(_ scores: some Collection<Double>) -> Int? {
    var best: (place: Int, score: Double)?
    for (place, score) in scores.enumerated() where score.isFinite {
      if best.map({ score > $0.score }) ?? true { best = (place, score) }
    }
    return best?.place
  }
}
