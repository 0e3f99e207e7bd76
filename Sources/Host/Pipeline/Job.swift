import PluginAPI

/// The services of a run, as strategies see them.
final class Job: FusionJob {
  let plan: RunPlan
  let console: Console
  private let run: RunDirectory
  private let responses: ResponseService
  private let scores: ScoreService
  private let teachers: TeacherService
  private let trainer: TrainingService
  private let evaluation: Evaluation
  private(set) var rows: [ResultsTable.Row] = []
  /// The answers behind the rows.
  private(set) var records: [AnswerRecord] = []
  /// Label of the row of each evaluated model, by location.
  private var labels: [String: String] = [:]

  init(
    plan: RunPlan, run: RunDirectory, store: WorkspaceStore, metrics: MetricsWriter,
    costs: CostMeter, console: Console
  ) {
    self.plan = plan
    self.console = console
    self.run = run
    responses = ResponseService(store: store, costs: costs, console: console)
    scores = ScoreService(rewards: plan.rewards, store: store, console: console)
    teachers = TeacherService(
      store: TeacherStore(index: store), costs: costs, console: console)
    let opener = ModelOpener(factory: plan.factory)
    trainer = TrainingService(
      run: run, metrics: metrics, costs: costs, console: console, seed: plan.recipe.seed
    ) { try opener.open($0) }
    evaluation = Evaluation(
      prompts: plan.heldoutPrompts, samples: plan.recipe.evaluate.n,
      settings: plan.heldoutSettings, seed: plan.recipe.seed, responses: responses,
      scores: ScoreService(rewards: plan.graders, store: store, console: console))
  }

  var seed: UInt64 { plan.recipe.seed }
  var target: ModelHandle { plan.target }
  var sources: [ModelHandle] { plan.sources }
  var prompts: [Prompt] { plan.trainPrompts }
  var samplesPerPrompt: Int { plan.recipe.sampling.n }
  var sampling: SamplingSettings { plan.recipe.sampling.settings }
  var training: TrainingSettings { plan.recipe.training }

  func scoredResponses(
    of models: [ModelHandle], to prompts: [Prompt]
  ) throws -> [[[ScoredResponse]]] {
    let answers = try models.map { model in
      defer { if models.count > 1 { model.close() } }
      return try responses.responses(
        of: model, to: prompts, n: samplesPerPrompt, settings: sampling, seed: seed)
    }
    let judged = try scores.judgements(
      zip(models, answers).flatMap { $0.completions(prompts, $1) },
      what: "responses of \(models.map(\.name).joined(separator: ", "))"
    ).totals
    var next = 0
    return zip(models, answers).map { model, answers in
      answers.map { answers in
        answers.enumerated().map { sample, answer in
          defer { next += 1 }
          return ScoredResponse(
            text: answer.text, tokenIDs: answer.tokenIDs, score: judged[next],
            modelName: model.name, sample: sample)
        }
      }
    }
  }

  func distributions(
    of model: ModelHandle, over texts: [TeacherText], count: Int
  ) throws -> TeacherRecords {
    try teachers.distributions(of: model, over: texts, count: count)
  }

  func build(
    stage: String, from model: ModelHandle, _ make: (LoadedModel) throws -> LoadedModel
  ) throws -> ModelHandle {
    try trainer.build(stage: stage, from: model, dtype: training.dtype, make)
  }

  var rewards: [RewardHandle] { plan.rewards }

  func compose(stage: String, adapter: String, options: JSONObject) throws -> ModelHandle {
    let composite = CompositeModel(
      path: run.file(TrainingService.checkpoint(stage)), name: stage, adapter: adapter,
      options: options, folder: absolutePath(plan.recipe.folder))
    var problems: [Problem] = []
    plan.factory.check(composite, into: &problems)
    if !problems.isEmpty { throw Problems(problems) }
    try run.publish(TrainingService.checkpoint(stage)) { try composite.write(to: $0, run.files) }
    try run.finish(TrainingService.checkpoint(stage), outputs: [:])
    let opener = ModelOpener(factory: plan.factory)
    return ModelHandle(
      reference: ModelReference(location: composite.path, name: stage)
    ) { try opener.open($0) }
  }

  var merging: MergeSetup { plan.merging.setup }

  func merge(stage: String, _ configuration: MergeConfiguration) throws -> ModelHandle {
    try trainer.merge(stage: stage, from: target) { try plan.merging.merge(configuration) }
  }

  func write(lines: [JSON], to name: String) throws {
    guard !name.isEmpty, !name.hasPrefix("."), !name.contains("/") else {
      throw Problem(
        .badConfiguration, at: run.path, "an output cannot be named \(quoted(name))",
        expected: "a plain file name")
    }
    try run.write(lines: lines, to: "outputs/\(name)")
  }

  func train(
    _ model: ModelHandle, stage: String, objective: any SequenceObjective,
    settings: TrainingSettings, rows: (LoadedModel) throws -> [TrainingRow]
  ) throws -> ModelHandle {
    try trainer.train(
      model, stage: stage, objective: objective, settings: settings, rows: rows)
  }

  func evaluate(_ model: ModelHandle, label: String) throws {
    let hasPrompts = !plan.heldoutPrompts.isEmpty && !plan.graders.isEmpty
    guard hasPrompts || plan.heldoutText != nil else { return }
    guard try !isRewardModel(model) else {
      return console.message("\(label): a reward model scores and does not answer; it has no row")
    }
    var row = ResultsTable.Row(label: label, skills: [])
    if hasPrompts {
      let answered = try evaluation.evaluate(model, label: label)
      row = answered.row
      records += answered.records
    }
    row.bitsPerByte = try bitsPerByte(model, label: label)
    rows.append(row)
    labels[model.reference.location] = label
  }

  private func isRewardModel(_ model: ModelHandle) throws -> Bool {
    (try model.open() as? any TrainableModel)?.loaded.decoder.isClassifier ?? false
  }

  /// Of the held-out text; nil without one, and for models that only answer. Noted in the run's
  /// journal, as it can take as long as the answers do and has no place in the store.
  private func bitsPerByte(_ model: ModelHandle, label: String) throws -> Double? {
    guard let text = plan.heldoutText else { return nil }
    // Rows come in the same order whenever the run is resumed; their labels may repeat.
    let name = "text/\(rows.count) \(label)"
    if let done = run.outputs(of: name) { return done["bits_per_byte"]?.double }
    let likelihoods = try TextEvaluation(text: text, console: console).likelihoods(model)
    let bits = likelihoods?.reduce(TextLikelihood(), +).bitsPerByte
    try run.finish(name, outputs: ["bits_per_byte": bits.map { .number($0) } ?? .null])
    return bits
  }

  /// For the fused model, which its strategy may have evaluated already.
  /// - Returns: Label of its row; nil when nothing is evaluated.
  func evaluateUnlessDone(_ model: ModelHandle, label: String) throws -> String? {
    if labels[model.reference.location] == nil { try evaluate(model, label: label) }
    return labels[model.reference.location]
  }

  func log(_ message: String) { console.message(message) }

  func checkCancellation() throws { try Interruption.check() }
}
