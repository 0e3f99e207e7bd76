import PluginAPI

/// Pairs as a reward model reads them.
struct TokenisedPairs {
  struct Entry {
    var pair: RewardPair
    var chosen: [Int32]
    var rejected: [Int32]
    /// Tokens of the chosen response less those of the rejected one, before anything was cut.
    var lengthGap: Int

    func row(margin: Double) -> TrainingRow {
      func sequence(_ ids: [Int32]) -> TrainingRow.Sequence {
        TrainingRow.Sequence(ids: ids, labels: [Int32](repeating: -100, count: ids.count))
      }
      return TrainingRow(sequences: [sequence(chosen), sequence(rejected)], margin: margin)
    }
  }

  private(set) var pairs: [Entry] = []

  /// Pairs that read the same after cutting teach nothing and are left out.
  ///
  /// - Parameter mayBeEmpty: Whether none may be left.
  /// - Throws: `Problem` when none is left and that may not be, and for ids that are none of the
  ///   model's.
  init(
    _ pairs: [RewardPair], by model: LoadedModel, _ settings: TrainingSettings,
    mayBeEmpty: Bool = false, log: (String) -> Void
  ) throws {
    let limit = min(settings.maxLength, model.decoder.config.maximumLength)
    var (cut, alike) = (0, 0)
    for pair in pairs {
      let (chosen, rejected) = try Self.conversations(pair, model, limit)
      if chosen.droppedTokens + rejected.droppedTokens > 0 { cut += 1 }
      if chosen.ids == rejected.ids || chosen.ids.isEmpty || rejected.ids.isEmpty {
        alike += 1
        continue
      }
      self.pairs.append(
        Entry(
          pair: pair, chosen: chosen.ids, rejected: rejected.ids,
          lengthGap: chosen.ids.count + chosen.droppedTokens - rejected.ids.count
            - rejected.droppedTokens))
    }
    if cut > 0 { log("\(cut) pairs are longer than \(limit) tokens and lose their start") }
    if alike > 0 { log("\(alike) pairs read the same in the model's tokens and are left out") }
    guard self.pairs.isEmpty, !mayBeEmpty else { return }
    throw Problem(.badData, "no pair is left that differs in tokens", hint: "raise max_length")
  }

  private static func conversations(
    _ pair: RewardPair, _ model: LoadedModel, _ limit: Int
  ) throws -> (JudgedConversation, JudgedConversation) {
    if let tokens = pair.tokens, let rejected = tokens.rejected {
      return (
        try conversation(tokens.chosen.ids, pair, model, limit),
        try conversation(rejected.ids, pair, model, limit)
      )
    }
    return (
      try model.judged(prompt: pair.prompt, response: pair.chosen, maxLength: limit),
      try model.judged(prompt: pair.prompt, response: pair.rejected, maxLength: limit)
    )
  }

  private static func conversation(
    _ ids: [Int32], _ pair: RewardPair, _ model: LoadedModel, _ limit: Int
  ) throws -> JudgedConversation {
    let vocabulary = model.decoder.config.vocabularySize
    if let bad = ids.first(where: { $0 < 0 || Int($0) >= vocabulary }) {
      throw Problem(
        .badData, at: pair.place, "token id \(bad) is none of \(quoted(model.name))",
        expected: "ids below \(vocabulary)")
    }
    let dropped = max(0, ids.count - limit)
    return JudgedConversation(ids: Array(ids.dropFirst(dropped)), droppedTokens: dropped)
  }

  /// What `model` says of all pairs, in order.
  func scored(by model: LoadedModel, check: () throws -> Void) throws -> [ScoredPair] {
    let sequences = pairs.flatMap { [$0.chosen, $0.rejected] }
    var scores: [Float] = []
    for pass in SequenceLayout.passes(lengths: sequences.map(\.count)) {
      try check()
      let layout = SequenceLayout(lengths: sequences[pass].map(\.count))
      scores += model.decoder.scores(ids: sequences[pass].flatMap { $0 }, layout: layout).floats()
    }
    guard scores.allSatisfy(\.isFinite) else {
      throw Problem(
        .failed, at: model.name, "gives scores that are no numbers",
        hint: "its training diverged: lower train.learning_rate")
    }
    return pairs.enumerated().map { index, entry in
      ScoredPair(
        chosen: Double(scores[2 * index]), rejected: Double(scores[2 * index + 1]),
        lengthGap: entry.lengthGap, prompt: entry.pair.promptKey, place: entry.pair.place)
    }
  }
}
