/// What preference strategies have in common: the sources' best responses, a supervised stage on
/// some prompts, and the tuned target's own best and worst responses to the others.
///
/// [main thread; use within `FusionStrategy.fuse` only]
public struct PreferencePipeline {
  let job: any FusionJob
  let data: PreferenceOptions
  let rows: RowOptions
  let fineTuning: FineTuningOptions

  public init(
    _ job: any FusionJob, data: PreferenceOptions, rows: RowOptions, fineTuning: FineTuningOptions
  ) {
    self.job = job
    self.data = data
    self.rows = rows
    self.fineTuning = fineTuning
  }

  /// Everything the preference stage starts from: the model and its items. Of the preference
  /// file with the target as it is, or of the prompts: a third (unless the recipe says otherwise)
  /// fine-tunes the target, the others give preferences.
  public func prepare(
    withSources: Bool
  ) throws -> (start: ModelHandle, items: [PreferenceItem]) {
    if let items = try itemsOfFile() { return (job.target, items) }
    let prompts = try split(defaultShare: 1.0 / 3)
    let start = try fineTuned(on: prompts.fineTuning)
    if !prompts.fineTuning.isEmpty { try job.evaluate(start, label: "after sft") }
    return (start, try items(of: start, to: prompts.preference, withSources: withSources))
  }

  /// Items of the preference file, when the recipe names one.
  public func itemsOfFile() throws -> [PreferenceItem]? {
    guard let path = data.preferences?.path else { return nil }
    let set = try DataSet.read(path: path)
    job.log("\(path): \(set.rows.count) rows of \(set.schema.name)")
    for problem in set.skipped { job.log("left out: \(problem)") }
    return set.rows.map { PreferenceItem($0, path: path) }
  }

  /// Prompts for the two stages.
  /// - Parameter defaultShare: of the supervised stage, where the recipe does not say.
  public func split(defaultShare: Double) throws -> PromptSplit {
    guard !job.prompts.isEmpty else {
      throw Problem(
        .badConfiguration, "there are no training prompts",
        hint: "name a file in data.train, or preferences in fusion")
    }
    return PromptSplit(job.prompts, share: data.sftShare ?? defaultShare, seed: job.seed)
  }

  /// The best response of the sources to each prompt, nil where none has one.
  public func bestOfSources(_ prompts: [Prompt]) throws -> [ScoredResponse?] {
    let sources = Array(job.sources.prefix(data.sourceCount ?? job.sources.count))
    guard !sources.isEmpty else {
      throw Problem(
        .badConfiguration, "there are no sources",
        hint: "name at least one in sources, or preferences in fusion")
    }
    var candidates = [[ScoredResponse]](repeating: [], count: prompts.count)
    for answers in try job.scoredResponses(of: sources, to: prompts) {
      for (index, responses) in answers.enumerated() {
        if data.dropIdenticalSources, ResponseChoice.areAlike(responses) { continue }
        // An empty answer would teach silence.
        candidates[index] += responses.filter { !$0.text.allSatisfy(\.isWhitespace) }
      }
    }
    return candidates.map { ResponseChoice.best($0) }
  }

  /// The target, fine-tuned on the sources' best responses to `prompts`; as it is when there are
  /// no prompts.
  public func fineTuned(on prompts: [Prompt]) throws -> ModelHandle {
    guard !prompts.isEmpty else { return job.target }
    let best = try bestOfSources(prompts)
    let items = zip(prompts, best).compactMap { prompt, response in
      response.map {
        PreferenceItem(prompt: prompt.messages, source: $0.text, place: prompt.place)
      }
    }
    job.log("sft: \(items.count) of \(prompts.count) prompts have a source's response")
    return try fineTune(on: items, role: .source)
  }

  /// The target, fine-tuned on one response of every item.
  public func fineTune(
    on items: [PreferenceItem], role: PreferenceItem.Role
  ) throws -> ModelHandle {
    let settings = try fineTuning.settings(job.training)
    return try job.train(
      job.target, stage: "sft", objective: TokenCrossEntropy(), settings: settings
    ) { model in
      var format = rows.format(settings, for: model)
      format.doublesBOS = fineTuning.doubleBos
      let writer = RowWriter(model: model, format: format)
      let samples = try items.map { try sample($0.row([role], with: writer)) }
      guard fineTuning.packing else { return samples }
      return try packed(samples, blockLength: format.truncation.maxLength)
    }
  }

  /// The tuned target's best and worst responses to each prompt, with the sources' best where
  /// `withSources`. Prompts that teach nothing are left out.
  public func items(
    of model: ModelHandle, to prompts: [Prompt], withSources: Bool
  ) throws -> [PreferenceItem] {
    let best = withSources ? try bestOfSources(prompts) : prompts.map { _ in nil }
    let own = try job.scoredResponses(of: model, to: prompts)
    var withoutSource = 0
    var withoutLead = 0
    var items: [PreferenceItem] = []
    for (index, prompt) in prompts.enumerated() {
      guard !withSources || best[index] != nil else {
        withoutSource += 1
        continue
      }
      guard let pair = ResponseChoice.extremes(own[index], keepTies: data.keepTies) else {
        withoutLead += 1
        continue
      }
      items.append(
        PreferenceItem(
          prompt: prompt.messages, source: best[index]?.text, chosen: pair.best.text,
          rejected: pair.worst.text, place: prompt.place))
    }
    job.log(
      "\(items.count) of \(prompts.count) prompts give a preference; \(withoutLead) have "
        + "responses all alike or of one score, \(withoutSource) no source's response")
    guard !items.isEmpty else {
      throw Problem(
        .failed, "no prompt gives a preference",
        expected: "some whose best and worst response of the target differ in score",
        hint: "raise sampling.n or sampling.temperature, or set fusion.keep_ties")
    }
    return items
  }

  /// Trains `model` on `items`, with itself as it is as frozen reference.
  public func train(
    _ model: ModelHandle, stage: String, objective: any SequenceObjective,
    on items: [PreferenceItem], roles: [PreferenceItem.Role]
  ) throws -> ModelHandle {
    var settings = job.training
    settings.reference = data.reference
    return try job.train(model, stage: stage, objective: objective, settings: settings) { loaded in
      let writer = RowWriter(model: loaded, format: rows.format(settings, for: loaded))
      return try items.map { try $0.row(roles, with: writer) }
    }
  }

  private func sample(_ row: TrainingRow) -> TrainingRow {
    fineTuning.promptLoss ? TrainingRow(sequences: row.sequences.map(\.withAllLabels)) : row
  }

  private func packed(_ samples: [TrainingRow], blockLength: Int) throws -> [TrainingRow] {
    let blocks = TrainingRow.packed(samples, blockLength: blockLength)
    guard blocks.isEmpty else { return blocks }
    let tokens = samples.reduce(0) { $0 + $1.tokenCount }
    throw Problem(
      .badConfiguration, "packing needs \(blockLength) tokens a block, all samples have \(tokens)",
      hint: "lower sft.max_length or switch sft.packing off")
  }
}
