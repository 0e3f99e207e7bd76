import PluginAPI

/// Scores responses with the recipe's rewards, each response once.
final class ScoreService {
  let rewards: [RewardHandle]
  let store: WorkspaceStore
  let console: Console
  /// Share of rows that a reward may fail to judge before the run is stopped.
  private let failureLimit = 0.5

  init(rewards: [RewardHandle], store: WorkspaceStore, console: Console) {
    self.rewards = rewards
    self.store = store
    self.console = console
  }

  /// What every reward says of every completion.
  func judgements(_ completions: [Completion], what: String) throws -> Judgements {
    try Judgements(by: rewards, count: completions.count) {
      try scores(completions, by: $0, what: what)
    }
  }

  private func scores(
    _ completions: [Completion], by reward: RewardHandle, what: String
  ) throws -> [Double] {
    let keys = try completions.keys(reward)
    let found = try store.scores(for: keys).mapValues(\.score)
    let missing = keys.indices.filter { found[keys[$0]] == nil }
    let batches = JudgingBatches(completions, keys: keys, missing: missing, for: reward.model)
    console.message(
      "\(what): \(completions.count) scores by \(reward.name), \(batches.rowCount) to compute")
    var fresh: [ScoreKey: Double] = [:]
    var failures: [String?] = []
    for rows in batches.rows {
      try Interruption.check()
      let (scores, stopped) = try reward.judgeInPart(rows.map { completions[$0] })
      var stored: [(key: ScoreKey, score: StoredScore)] = []
      for (row, score) in zip(rows, scores) {
        guard score.value.isFinite else {
          failures.append(score.failure)
          continue
        }
        fresh[keys[row]] = Double(score.value)
        stored.append((keys[row], StoredScore(score: Double(score.value))))
      }
      try store.insert(stored)
      if let stopped { throw stopped }
    }
    // Of all that were asked for: those judged before count too.
    try report(failures, of: Set(keys).count, reward: reward.name)
    return keys.map { found[$0] ?? fresh[$0] ?? .nan }
  }

  /// Says how many rows could not be judged; too many are a fault of the reward or the data.
  private func report(_ failures: [String?], of count: Int, reward: String) throws {
    guard !failures.isEmpty else { return }
    var text = "could not judge \(failures.count) of \(count) responses"
    if let reason = failures.lazy.compactMap(\.self).first { text += " (the first: \(reason))" }
    guard Double(failures.count) <= failureLimit * Double(count) else {
      throw Problem(
        .badData, at: "reward \(quoted(reward))", text, expected: "a finite score for most of them",
        hint: "see what it says of one: crucible score \(reward)")
    }
    console.warn("\(reward): \(text); they are left out")
  }
}

extension [Completion] {
  /// Where the store keeps what `reward` says of each: by the completion, and by all completions
  /// of its prompt where the score depends on them.
  fileprivate func keys(_ reward: RewardHandle) throws -> [ScoreKey] {
    let identity = try reward.identity
    guard reward.model.scope == .prompt else { return map { $0.key(reward: identity) } }
    var groups: [PromptGroup: [String]] = [:]
    for completion in self {
      groups[PromptGroup(completion), default: []].append(
        completion.modelName + "\n" + SHA256.hex(of: completion.response) + "\n"
          + completion.tokenIDs.map(String.init).joined(separator: " "))
    }
    let hashes = groups.mapValues { SHA256.hex(of: $0.joined(separator: "\n")) }
    return map { completion in
      completion.key(reward: "\(identity) \(hashes[PromptGroup(completion)] ?? "")")
    }
  }
}

extension Completion {
  fileprivate func key(reward: String) -> ScoreKey {
    let prompt: JSON = [
      "messages": .array(self.prompt.messages.map(\.json)),
      "reference": self.prompt.reference.map { .string($0) } ?? .null,
      "fields": .object(self.prompt.fields),
      "skill": self.prompt.skill.map { .string($0) } ?? .null,
      "model": .string(modelName), "tokens": .array(tokenIDs.map { .int(Int64($0)) }),
    ]
    return ScoreKey(
      reward: reward, prompt: SHA256.hex(of: prompt.serialized()),
      response: SHA256.hex(of: response))
  }
}
