/// What a strategy works with: the models, the data and the services of the workbench.
///
/// Every service stores what it finishes under a key of everything that made it, and returns the
/// stored result when asked again: that is how runs share samples and how an interrupted run goes
/// on. [main thread, one call at a time]
public protocol FusionJob: AnyObject {
  var seed: UInt64 { get }
  var target: ModelHandle { get }
  /// In recipe order, which also breaks ties between equal scores.
  var sources: [ModelHandle] { get }
  /// What judges responses, in recipe order.
  var rewards: [RewardHandle] { get }
  /// The training prompts, in file order.
  var prompts: [Prompt] { get }
  /// The recipe's `sampling`: responses a prompt, and how they are drawn.
  var samplesPerPrompt: Int { get }
  var sampling: SamplingSettings { get }
  /// The recipe's `train`; strategies change what their own options say.
  var training: TrainingSettings { get }

  /// `samplesPerPrompt` responses of each model to each prompt, scored by the recipe's rewards
  /// (weighted sum). Result row i belongs to prompt i, in sample order; a model that has no
  /// answer gives an empty row.
  ///
  /// All responses to a prompt, of all `models`, are judged together: rewards that compare the
  /// responses of a prompt (`RewardScope.prompt`) see them side by side. The first index is the
  /// model's. Several models are closed after they have answered.
  func scoredResponses(
    of models: [ModelHandle], to prompts: [Prompt]
  ) throws -> [[[ScoredResponse]]]

  /// The `count` likeliest next tokens at the positions of each text, by `model`, and the
  /// log-probs of the tokens that do follow. Stored by model, ids, positions and count, and never
  /// computed twice. Texts whose rows are not finite are counted in one warning.
  ///
  /// Throws for a model that gives answers only, and for texts that do not fit it.
  func distributions(
    of model: ModelHandle, over texts: [TeacherText], count: Int
  ) throws -> TeacherRecords

  /// Trains a copy of `model` and returns it as a model of the run named `stage`. Finished stages
  /// are returned as they are, interrupted ones go on from their last saved state.
  ///
  /// `rows` is asked for only when there is something left to train; it gets the model so that
  /// it can template and tokenise.
  func train(
    _ model: ModelHandle, stage: String, objective: any SequenceObjective,
    settings: TrainingSettings, rows: (LoadedModel) throws -> [TrainingRow]
  ) throws -> ModelHandle

  /// Makes a model of the run named `stage` out of `model` otherwise than by training (a merge);
  /// it is written in the dtype of the recipe's `train`. Finished stages are returned as they are,
  /// without asking for `make`.
  func build(
    stage: String, from model: ModelHandle, _ make: (LoadedModel) throws -> LoadedModel
  ) throws -> ModelHandle

  /// What merges of the recipe's models are made of.
  var merging: MergeSetup { get }

  /// Carries out a merge config as a model of the run named `stage`; every random number of it
  /// follows from the run's seed. Finished stages are returned as they are, an interrupted merge
  /// goes on after its last saved tensor.
  ///
  /// Throws everything that cannot be merged, before a weight is read.
  func merge(stage: String, _ configuration: MergeConfiguration) throws -> ModelHandle

  /// Makes a model of the run named `stage` that answers by way of other models: what `adapter`
  /// opens with `options`, a mapping as recipes write it in `sources`. Relative paths in it start
  /// from the recipe's folder; `ModelHandle.written` and `RewardHandle.written` name what the job
  /// has. Nothing is copied, so the models must stay where they are. Throws what is wrong with the
  /// options. Finished stages are written again, which gives the same.
  func compose(stage: String, adapter: String, options: JSONObject) throws -> ModelHandle

  /// Writes `outputs/NAME` of the run as JSON Lines, whole or not at all, in place of what was
  /// there. `name` is a plain file name.
  func write(lines: [JSON], to name: String) throws

  /// Held-out answers and scores of `model`: a row `label` of the results table.
  func evaluate(_ model: ModelHandle, label: String) throws

  /// One line for the person who watches, also kept in the run's log.
  func log(_ message: String)

  /// Throws when the user has asked to stop. Long loops of a strategy's own call it.
  func checkCancellation() throws
}

extension FusionJob {
  /// `scoredResponses(of:to:)` for one model.
  public func scoredResponses(
    of model: ModelHandle, to prompts: [Prompt]
  ) throws -> [[ScoredResponse]] {
    try scoredResponses(of: [model], to: prompts).first ?? []
  }
}

/// A response and what the recipe's rewards say of it.
public struct ScoredResponse: Sendable, Equatable {
  public var text: String
  public var tokenIDs: [Int32]
  /// Weighted sum over the recipe's rewards; NaN when one of them could not judge it.
  public var score: Double
  /// Name of the model that answered.
  public var modelName: String
  /// Which of its samples this is.
  public var sample: Int

  public init(
    text: String, tokenIDs: [Int32] = [], score: Double, modelName: String, sample: Int
  ) {
    self.text = text
    self.tokenIDs = tokenIDs
    self.score = score
    self.modelName = modelName
    self.sample = sample
  }
}
