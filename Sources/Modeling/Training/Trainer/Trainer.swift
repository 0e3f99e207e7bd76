public import Kernels

/// Trains a policy on rows with an objective: micro-batches, AdamW, schedule, clipping, and state
/// that goes on after an interruption to the same bytes.
///
/// [one thread; compute runs on the core's pool]
public final class Trainer {
  let policy: any TrainablePolicy
  let objective: any SequenceObjective
  let settings: TrainingSettings
  let rows: [TrainingRow]
  let seed: UInt64
  let plan: BatchPlan
  let frozen: (any TrainablePolicy)?
  var optimiser: AdamW
  /// Log-probs of the frozen reference, [row][sequence]; empty until computed.
  var referenceLogProbs: [[Double]] = []
  private let schedule: Schedule
  private var order: (epoch: Int, rows: [Int]) = (-1, [])

  /// Tokens of a forward pass when the settings leave it to the trainer.
  private let tokenBudget: Int

  /// Updates finished.
  public internal(set) var step = 0
  /// Updates of the whole run.
  public var totalSteps: Int { plan.totalSteps }

  /// - Parameters:
  ///   - policy: the model to train in place; unless `reference` is given, its weights as they
  ///     are now also serve as the frozen reference.
  ///   - rows: each with `objective.sequencesPerRow` sequences.
  ///   - seed: decides the order of rows when the settings shuffle.
  /// - Throws: `Problem` when rows are missing, of another form, or have nothing to learn from.
  public init(
    policy: any TrainablePolicy, objective: any SequenceObjective, settings: TrainingSettings,
    rows: [TrainingRow], seed: UInt64, reference: (any TrainablePolicy)? = nil
  ) throws(Problem) {
    try Self.check(rows, objective)
    try Self.check(policy, objective)
    self.policy = policy
    self.objective = objective
    self.settings = settings
    self.rows = rows
    self.seed = seed
    tokenBudget = Modeling.tokenBudget(weights: policy.trainedWeights.map(\.shape))
    plan = BatchPlan(rowCount: rows.count, settings: settings, seed: seed)
    schedule = Schedule(settings, totalSteps: plan.totalSteps)
    optimiser = AdamW(
      parameters: policy.trainedWeights,
      betas: (Float(settings.beta1), Float(settings.beta2)), eps: Float(settings.eps),
      weightDecay: Float(settings.weightDecay),
      // Norm weights and biases are vectors and do not decay.
      decays: { $0.shape.count > 1 })
    let isBeside = settings.reference == .everyUpdate
    frozen =
      objective.needsReference ? reference ?? (isBeside ? policy.frozenCopy() : nil) : nil
  }

  /// Trains from `step` to the end.
  ///
  /// - Parameters:
  ///   - statePath: where the state is saved every `settings.saveSteps` updates, and when
  ///     `pause` or `onStep` throws; nil saves nothing.
  ///   - pause: called before every forward pass; throws to interrupt. What the unfinished
  ///     update has computed is thrown away.
  ///   - onStep: called after every update; throws to interrupt.
  /// - Throws: what the two throw; `Problem` when a loss is no number or the state cannot be
  ///   saved.
  public func run(
    statePath: String? = nil, pause: () throws -> Void = {}, onStep: (StepReport) throws -> Void
  ) throws {
    do {
      try prepareReference(pause)
      while step < totalSteps {
        let report = try update(pause)
        // First, so that what a saved state has passed is never missing from the caller's log.
        try onStep(report)
        if settings.saveSteps > 0, step % settings.saveSteps == 0, step < totalSteps {
          try statePath.map(saveState(to:))
        }
      }
    } catch let problem as Problem where problem.kind != .interrupted {
      throw problem
    } catch {
      try statePath.map(saveState(to:))
      throw error
    }
  }

  /// One update: gradients of all its micro-batches, clipping, AdamW.
  private func update(_ pause: () throws -> Void) throws -> StepReport {
    let clock = ContinuousClock()
    let start = clock.now
    let batches = batchesOfUpdate()
    clearGradients()
    defer { clearGradients() }
    let totals = try accumulate(batches, pause)
    try checkFinite(totals.loss, "loss")
    let norm = globalNorm(policy.trainedWeights)
    try checkFinite(norm, "gradient norm")
    let rate = settings.learningRate * schedule.factor(step)
    optimiser.step(
      learningRate: rate, gradientScale: clipFactor(norm: norm, limit: settings.maxGradNorm))
    step += 1
    let elapsed = (clock.now - start).components
    return StepReport(
      step: step - 1, totalSteps: totalSteps,
      epoch: Double(step) / Double(plan.updatesPerEpoch), loss: totals.loss, learningRate: rate,
      gradientNorm: norm, tokens: batches.reduce(0) { $0 + $1.ids.count },
      seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18,
      metrics: totals.metrics)
  }

  private func batchesOfUpdate() -> [MicroBatch] {
    let epoch = plan.epoch(of: step)
    if order.epoch != epoch { order = (epoch, plan.order(epoch: epoch)) }
    return packed(plan.rows(step: step, order: order.rows))
  }

  func packed(_ rows: [Int]) -> [MicroBatch] {
    microBatches(
      rows, of: self.rows, microBatchSize: settings.microBatchSize,
      tokenBudget: tokenBudget
    ).map { MicroBatch(rows: $0, of: self.rows, objective: objective) }
  }

  private func clearGradients() {
    for weight in policy.trainedWeights { weight.gradient = nil }
  }

  private func checkFinite(_ value: Double, _ name: String) throws(Problem) {
    guard !value.isFinite else { return }
    throw Problem(
      .failed, at: "training step \(step)", "the \(name) is \(value)",
      hint: "lower learning_rate, or lower max_grad_norm")
  }

  private static func check(
    _ rows: [TrainingRow], _ objective: any SequenceObjective
  ) throws(Problem) {
    guard !rows.isEmpty else {
      throw Problem(.badData, "there are no rows to train on", expected: "at least one")
    }
    for (index, row) in rows.enumerated() where row.sequences.count != objective.sequencesPerRow {
      throw Problem(
        .badData, at: "training row \(index)", "has \(row.sequences.count) responses",
        expected: "\(objective.sequencesPerRow)")
    }
    if objective.quantity == .scores {
      for (index, row) in rows.enumerated() where row.sequences.contains(where: \.ids.isEmpty) {
        throw Problem(.badData, at: "training row \(index)", "has an empty sequence")
      }
      return
    }
    guard rows.contains(where: { $0.countedTokens > 0 || $0.distilledTokens > 0 }) else {
      throw Problem(
        .badData, "no response has a token to learn from",
        hint: "raise max_length, or look for empty responses")
    }
  }
}

extension Trainer {
  /// Refuses a reward model where tokens are learnt, and a language model where scores are.
  private static func check(
    _ policy: any TrainablePolicy, _ objective: any SequenceObjective
  ) throws(Problem) {
    switch (objective.quantity, policy.output) {
    case (.logProbs, .tokens), (.scores, .scores(labels: 1)): return
    case (.logProbs, _):
      throw Problem(
        .badConfiguration, "the model to train gives scores, not tokens",
        expected: "a language model", hint: "reward models are trained with strategy train-reward")
    case (.scores, _):
      throw Problem(
        .badConfiguration, "the model to train does not give one score a sequence",
        expected: "a classifier with one label")
    }
  }
}

extension Schedule {
  /// The schedule that `settings` ask for.
  init(_ settings: TrainingSettings, totalSteps: Int) {
    let kind = Kind(rawValue: settings.schedule.rawValue) ?? .cosine
    if let steps = settings.warmupSteps {
      self.init(kind, warmupSteps: steps, totalSteps: totalSteps)
    } else {
      self.init(kind, warmupRatio: settings.warmupRatio, totalSteps: totalSteps)
    }
  }
}
