import PluginAPI

/// The services of a run, as strategies see them.
final class Job: FusionJob {
  let plan: RunPlan
  let console: Console
  private let responses: ResponseService
  private let scores: ScoreService
  private let trainer: TrainingService
  private let evaluation: Evaluation
  private(set) var rows: [ResultsTable.Row] = []
  private var evaluated: Set<String> = []

  init(
    plan: RunPlan, run: RunDirectory, store: WorkspaceStore, metrics: MetricsWriter,
    console: Console
  ) {
    self.plan = plan
    self.console = console
    responses = ResponseService(store: store, console: console)
    scores = ScoreService(rewards: plan.rewards, store: store, console: console)
    let opener = ModelOpener(factory: plan.factory)
    trainer = TrainingService(
      run: run, metrics: metrics, console: console, seed: plan.recipe.seed
    ) { try opener.open($0) }
    var settings = plan.recipe.sampling.settings
    settings.temperature = plan.recipe.evaluate.temperature
    settings.topP = plan.recipe.evaluate.topP
    if let maxTokens = plan.recipe.evaluate.maxTokens { settings.maxTokens = maxTokens }
    evaluation = Evaluation(
      prompts: plan.heldoutPrompts, samples: plan.recipe.evaluate.n, settings: settings,
      seed: plan.recipe.seed, responses: responses, scores: scores)
  }

  var seed: UInt64 { plan.recipe.seed }
  var target: ModelHandle { plan.target }
  var sources: [ModelHandle] { plan.sources }
  var prompts: [Prompt] { plan.trainPrompts }
  var samplesPerPrompt: Int { plan.recipe.sampling.n }
  var sampling: SamplingSettings { plan.recipe.sampling.settings }
  var training: TrainingSettings { plan.recipe.training }

  func scoredResponses(
    of model: ModelHandle, to prompts: [Prompt]
  ) throws -> [[ScoredResponse]] {
    let answers = try responses.responses(
      of: model, to: prompts, n: samplesPerPrompt, settings: sampling, seed: seed)
    let completions = zip(prompts, answers).flatMap { prompt, answers in
      answers.map {
        Completion(
          prompt: prompt, response: $0.text, tokenIDs: $0.tokenIDs, modelName: model.name)
      }
    }
    let judged = try scores.scores(completions, what: "responses of \(model.name)")
    var next = 0
    return answers.map { answers in
      answers.enumerated().map { sample, answer in
        defer { next += 1 }
        return ScoredResponse(
          text: answer.text, tokenIDs: answer.tokenIDs, score: judged[next],
          modelName: model.name, sample: sample)
      }
    }
  }

  func train(
    _ model: ModelHandle, stage: String, objective: any SequenceObjective,
    settings: TrainingSettings, rows: (LoadedModel) throws -> [TrainingRow]
  ) throws -> ModelHandle {
    try trainer.train(
      model, stage: stage, objective: objective, settings: settings, rows: rows)
  }

  func evaluate(_ model: ModelHandle, label: String) throws {
    guard !plan.heldoutPrompts.isEmpty, !plan.rewards.isEmpty else { return }
    rows.append(try evaluation.row(model, label: label))
    evaluated.insert(model.reference.location)
  }

  /// For the fused model, which its strategy may have evaluated already.
  func evaluateUnlessDone(_ model: ModelHandle, label: String) throws {
    if !evaluated.contains(model.reference.location) { try evaluate(model, label: label) }
  }

  func log(_ message: String) { console.message(message) }

  func checkCancellation() throws { try Interruption.check() }
}
