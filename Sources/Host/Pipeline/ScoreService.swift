import PluginAPI

/// Scores responses with the recipe's rewards, each response once.
final class ScoreService {
  let rewards: [WeightedReward]
  let store: WorkspaceStore
  let console: Console
  private let rowsPerBatch = 256
  /// Rows that a reward could not judge, over the run.
  private(set) var failedRows = 0

  init(rewards: [WeightedReward], store: WorkspaceStore, console: Console) {
    self.rewards = rewards
    self.store = store
    self.console = console
  }

  /// Weighted sum over the rewards for every completion; NaN where one of them gave none.
  func scores(_ completions: [Completion], what: String) throws -> [Double] {
    var sums = [Double](repeating: 0, count: completions.count)
    for reward in rewards {
      let scores = try scores(completions, by: reward, what: what)
      for index in sums.indices { sums[index] += reward.weight * scores[index] }
    }
    return sums
  }

  private func scores(
    _ completions: [Completion], by reward: WeightedReward, what: String
  ) throws -> [Double] {
    let identity = try reward.identity
    let keys = completions.map { $0.key(reward: identity) }
    let found = try store.scores(for: keys).mapValues(\.score)
    var results = keys.map { found[$0] ?? .nan }
    // The same text may be asked for twice: judge it once.
    var seen: Set<ScoreKey> = []
    let missing = keys.indices.filter { found[keys[$0]] == nil && seen.insert(keys[$0]).inserted }
    console.message(
      "\(what): \(completions.count) scores by \(reward.name), \(missing.count) to compute")
    var fresh: [ScoreKey: Double] = [:]
    for start in stride(from: 0, to: missing.count, by: rowsPerBatch) {
      try Interruption.check()
      let rows = Array(missing[start..<min(start + rowsPerBatch, missing.count)])
      let scores = try reward.judge(rows.map { completions[$0] })
      var stored: [(key: ScoreKey, score: StoredScore)] = []
      for (row, score) in zip(rows, scores) where score.isFinite {
        fresh[keys[row]] = Double(score)
        stored.append((keys[row], StoredScore(score: Double(score))))
      }
      failedRows += rows.count - stored.count
      try store.insert(stored)
    }
    for index in results.indices where found[keys[index]] == nil {
      results[index] = fresh[keys[index]] ?? .nan
    }
    return results
  }
}

extension WeightedReward {
  /// One score a completion; NaN where the reward could not judge it. Throws when it fails as a
  /// whole or answers in another number.
  func judge(_ batch: [Completion]) throws -> [Float] {
    let scores: [Float]
    do {
      scores = try model.scores(batch)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(.failed, at: "reward \(quoted(name))", "\(error)")
    }
    guard scores.count == batch.count else {
      throw Problem(
        .badConfiguration, at: "reward \(quoted(name))",
        "returned \(scores.count) scores for \(batch.count) responses",
        expected: "one score a response, in order")
    }
    return scores
  }

  /// Name, options as written and what the reward says of itself.
  fileprivate var identity: String {
    get throws { SHA256.hex(of: "\(name)\n\(options)\n\(try model.identity)") }
  }
}

extension Completion {
  fileprivate func key(reward: String) -> ScoreKey {
    let prompt: JSON = [
      "messages": .array(self.prompt.messages.map(\.json)),
      "reference": self.prompt.reference.map { .string($0) } ?? .null,
      "fields": .object(self.prompt.fields),
    ]
    return ScoreKey(
      reward: reward, prompt: SHA256.hex(of: prompt.serialized()),
      response: SHA256.hex(of: response))
  }
}
