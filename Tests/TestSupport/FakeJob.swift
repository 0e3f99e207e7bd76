import PluginAPI

/// A job whose models answer from tables and whose training only keeps notes.
public final class FakeJob: FusionJob {
  public struct Stage {
    public var model: String
    public var name: String
    public var objective: any SequenceObjective
    public var settings: TrainingSettings
    public var rows: [TrainingRow]
  }

  public let seed: UInt64 = 7
  public let target: ModelHandle
  public let sources: [ModelHandle]
  public var rewards: [RewardHandle] = []
  public let prompts: [Prompt]
  public let samplesPerPrompt = 5
  public let sampling = SamplingSettings()
  public var training = TrainingSettings()
  /// (model, prompt id) to responses with scores.
  public var answers: (String, String) -> [(String, Double)] = { _, _ in [] }
  /// What rows are made with; nil skips them.
  public var tokenising: LoadedModel?
  /// What models say of texts: (model, text, count) to rows.
  public var teaching: (String, TeacherText, Int) throws -> TeacherRows = { _, text, _ in
    var rows = SparseRows()
    for _ in text.positions { rows.endRow() }
    return TeacherRows(top: rows, labelLogProbs: text.positions.map { _ in .nan })
  }
  /// What `build` starts from; nil skips making.
  public var building: LoadedModel?
  public private(set) var stages: [Stage] = []
  public private(set) var evaluated: [String] = []
  public private(set) var messages: [String] = []
  /// Models that taught, with their texts.
  public private(set) var taught: [(model: String, texts: [TeacherText], count: Int)] = []
  public private(set) var built: [(stage: String, model: String, made: LoadedModel?)] = []
  public private(set) var merged: [(stage: String, configuration: MergeConfiguration)] = []
  public private(set) var composed: [(stage: String, adapter: String, options: JSONObject)] = []
  /// Those that `merging` knows.
  public var mergeMethods: [any MergeMethod.Type] = []
  /// Lines of the outputs, by name.
  public private(set) var outputs: [String: [JSON]] = [:]
  /// Models that were sampled, with the ids of their prompts.
  public private(set) var sampled: [(model: String, prompts: [String])] = []

  private let models: [String: any LanguageModel]

  /// - Parameter models: What handles open, by name; others cannot be opened.
  public init(sources: [String], prompts: Int, models: [String: any LanguageModel] = [:]) {
    self.models = models
    target = Self.handle("target", models)
    self.sources = sources.map { Self.handle($0, models) }
    self.prompts = (0..<prompts).map {
      Prompt(
        id: "p\($0)", messages: [Message(role: "user", content: "Question \($0)?")],
        place: "train.jsonl:\($0 + 1)")
    }
  }

  public func scoredResponses(
    of models: [ModelHandle], to prompts: [Prompt]
  ) -> [[[ScoredResponse]]] {
    models.map { model in
      sampled.append((model.name, prompts.map(\.id)))
      return prompts.map { prompt in
        answers(model.name, prompt.id).enumerated().map { sample, answer in
          ScoredResponse(
            text: answer.0, score: answer.1, modelName: model.name, sample: sample)
        }
      }
    }
  }

  public func train(
    _ model: ModelHandle, stage: String, objective: any SequenceObjective,
    settings: TrainingSettings, rows: (LoadedModel) throws -> [TrainingRow]
  ) throws -> ModelHandle {
    stages.append(
      Stage(
        model: model.name, name: stage, objective: objective, settings: settings,
        rows: try tokenising.map(rows) ?? []))
    return Self.handle(stage, models)
  }

  public func distributions(
    of model: ModelHandle, over texts: [TeacherText], count: Int
  ) throws -> TeacherRecords {
    taught.append((model.name, texts, count))
    return TeacherRecords(try texts.map { try teaching(model.name, $0, count) })
  }

  public func build(
    stage: String, from model: ModelHandle, _ make: (LoadedModel) throws -> LoadedModel
  ) throws -> ModelHandle {
    built.append((stage, model.name, try building.map(make)))
    return Self.handle(stage, models)
  }

  public var merging: MergeSetup {
    let methods = mergeMethods
    return MergeSetup(
      target: target.reference, sources: sources.map(\.reference), outputType: training.dtype,
      mark: TextMark(source: "recipe.yaml", line: 1, column: 1)
    ) { name, place in
      if let method = methods.first(where: { $0.name == name }) { return method }
      throw Problem(.badConfiguration, at: place, "there is no merge method \(quoted(name))")
    }
  }

  public func merge(stage: String, _ configuration: MergeConfiguration) -> ModelHandle {
    merged.append((stage, configuration))
    return Self.handle(stage, models)
  }

  public func compose(
    stage: String, adapter: String, options: JSONObject
  ) -> ModelHandle {
    composed.append((stage, adapter, options))
    return Self.handle(stage, models)
  }

  public func write(lines: [JSON], to name: String) { outputs[name] = lines }

  public func evaluate(_ model: ModelHandle, label: String) { evaluated.append(label) }
  public func log(_ message: String) { messages.append(message) }
  public func checkCancellation() {}

  private static func handle(
    _ name: String, _ models: [String: any LanguageModel]
  ) -> ModelHandle {
    ModelHandle(reference: ModelReference(location: name, name: name)) { _ in
      if let model = models[name] { return model }
      throw Problem(.failed, "a fake model cannot be opened")
    }
  }
}
