import PluginAPI

/// What rewards say of completions.
struct Judgements: Sendable {
  /// Of each reward, in recipe order: its label, and a score a completion, NaN where it gave none.
  var parts: [(name: String, scores: [Double])]
  /// Weighted sum over the rewards, a completion each; NaN where one of them gave none.
  var totals: [Double]

  /// Asks every reward in turn for its scores of `count` completions.
  init(
    by rewards: [RewardHandle], count: Int, _ scores: (RewardHandle) throws -> [Double]
  ) rethrows {
    parts = []
    totals = [Double](repeating: 0, count: count)
    for (reward, label) in zip(rewards, rewards.labels) {
      let part = try scores(reward)
      for index in totals.indices { totals[index] += reward.weight * part[index] }
      parts.append((label, part))
    }
  }
}

extension [RewardHandle] {
  /// Names that tell them apart: a reward that comes again gets a number.
  var labels: [String] {
    enumerated().map { index, reward in
      let earlier = self[..<index].count { $0.name == reward.name }
      return earlier == 0 ? reward.name : "\(reward.name) \(earlier + 1)"
    }
  }
}
