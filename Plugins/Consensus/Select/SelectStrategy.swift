import PluginAPI

/// Response-level fusion: every model answers, rewards pick, nothing is trained. The result is a
/// model that does this for any prompt. Picks and preferences over the training prompts are
/// written too, to train a target with.
struct SelectStrategy: FusionStrategy {
  static let name = "select"
  static let summary = "Answers with the best of all models' responses, by rewards: no training."

  struct Options: PluginOptions {
    @Setting("What picks; none takes the recipe's rewards.") var rewards: [RewardHandle] = []
    @Setting("Whether the target answers too.") var includeTarget = true
    @Setting(
      "Return a model that picks; false leaves picks and preferences, and the target as it is.")
    var compose = true
  }

  private let options: Options

  init(_ options: Options) { self.options = options }

  func check(_ setup: FusionSetup) throws {
    try setup.require(
      sources: !options.includeTarget, rewards: options.rewards.isEmpty,
      prompts: !options.compose)
  }

  func fuse(_ job: any FusionJob) throws -> ModelHandle {
    let models = job.sources + (options.includeTarget ? [job.target] : [])
    guard models.count * job.samplesPerPrompt > 1 else {
      throw Problem(
        .badConfiguration, "there is one response a prompt, and nothing to select from",
        hint: "name sources, or raise sampling.n")
    }
    if !job.prompts.isEmpty {
      let selections = try selections(models, job)
      report(selections, job)
      try job.write(lines: selections.map(\.json), to: "selected.jsonl")
      try job.write(lines: selections.compactMap(\.preference), to: "preferences.jsonl")
    }
    guard options.compose else { return job.target }
    return try job.compose(
      stage: Self.name, adapter: SelectAdapter.name, options: composite(models, job))
  }

  private func composite(_ models: [ModelHandle], _ job: any FusionJob) -> JSONObject {
    let rewards = options.rewards.isEmpty ? job.rewards : options.rewards
    return [
      "models": .array(models.map(\.written)), "rewards": .array(rewards.map(\.written)),
      // Greedy samples are all alike.
      "n": .int(job.sampling.temperature == 0 ? 1 : Int64(job.samplesPerPrompt)),
      "temperature": .number(job.sampling.temperature), "top_p": .number(job.sampling.topP),
    ]
  }

  private func selections(_ models: [ModelHandle], _ job: any FusionJob) throws -> [Selection] {
    let answers = try job.scoredResponses(of: models, to: job.prompts)
    var selections = job.prompts.enumerated().map { index, prompt in
      Selection(prompt: prompt, candidates: answers.flatMap { $0[index] })
    }
    guard !options.rewards.isEmpty else { return selections }
    let completions = selections.flatMap(\.completions)
    let (scores, failure) = try Panel(rewards: options.rewards).scores(completions) {
      try job.checkCancellation()
    }
    guard completions.isEmpty || scores.contains(where: \.isFinite) else {
      throw Problem(
        .badData,
        "none of \(scores.count) responses could be judged"
          + (failure.map { " (\($0))" } ?? ""))
    }
    var next = 0
    for index in selections.indices {
      if !job.rewards.isEmpty {
        selections[index].grades = selections[index].candidates.map(\.score)
      }
      for place in selections[index].candidates.indices {
        selections[index].candidates[place].score = scores[next]
        next += 1
      }
    }
    return selections
  }

  private func report(_ selections: [Selection], _ job: any FusionJob) {
    let picks = selections.compactMap(\.best)
    let counts = (job.sources + [job.target]).map { model in
      "\(model.name) \(picks.count { $0.modelName == model.name })"
    }
    job.log(
      "select: \(picks.count) of \(selections.count) prompts have a pick: "
        + counts.joined(separator: ", "))
    if let grades = SelectionGrades(selections) { job.log("select: \(grades.summary)") }
  }
}
