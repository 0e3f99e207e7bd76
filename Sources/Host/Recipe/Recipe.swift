import PluginAPI

/// The recipe language: what a file may hold at its top level. `target`, `sources`, `rewards` and
/// `fusion` have languages of their own, see Specifications.swift.
struct RecipeDocument: PluginOptions {
  @Setting("Version of the recipe language.", in: 1...1) var version = 1
  @Setting("Name of the run and of its folder; none takes the file's.") var name: String?
  @Setting("Every random number of the run follows from it.", in: 0...) var seed = 42
  @Setting("The model to improve: a reference, or a mapping with options.") var target: YAMLNode?
  @Setting("The models to learn from.") var sources: [YAMLNode] = []
  @Setting("What judges responses.") var rewards: [YAMLNode] = []
  @Section("Prompts.") var data = DataSection()
  @Section("How responses are drawn.") var sampling = SamplingSection()
  @Section("How models are trained.") var train = TrainingOptions()
  @Setting("The strategy and its options.") var fusion: YAMLNode?
  @Section("How held-out prompts are answered.") var evaluate = EvaluateSection()
}

struct DataSection: PluginOptions {
  @Setting("Training prompts (JSON Lines).") var train: PluginAPI.FilePath?
  @Setting("Held-out prompts (JSON Lines).") var heldout: PluginAPI.FilePath?
  @Setting("Use only the first rows of the training file.", in: 1...) var limit: Int?
  @Setting("Use only the first rows of the held-out file.", in: 1...) var heldoutLimit: Int?
}

struct SamplingSection: PluginOptions {
  @Setting("Responses a prompt.", in: 1...1000) var n = 5
  @Setting("0 is greedy.", in: 0.0...100) var temperature = 0.8
  @Setting("Keep the smallest set of tokens that reaches this probability.", in: 0.0...1)
  var topP = 0.95
  @Setting("Keep this many tokens; 0 keeps all.", in: 0...) var topK = 0
  @Setting("Drop tokens below this share of the best one.", in: 0.0...1) var minP = 0.0
  @Setting("Longest response, in tokens.", in: 1...1_000_000) var maxTokens = 256
  @Setting("Texts that end a response.") var stop: [String] = []

  var settings: SamplingSettings {
    SamplingSettings(
      temperature: temperature, topP: topP, topK: topK, minP: minP, maxTokens: maxTokens,
      stop: stop)
  }
}

struct EvaluateSection: PluginOptions {
  @Setting("Responses a held-out prompt; scores are averaged.", in: 1...1000) var n = 1
  @Setting("0 is greedy.", in: 0.0...100) var temperature = 0.0
  @Setting("As in sampling.", in: 0.0...1) var topP = 1.0
  @Setting("Longest response; none takes sampling's.", in: 1...1_000_000) var maxTokens: Int?
  @Setting("What grades held-out answers, as in rewards; none takes the recipe's rewards.")
  var rewards: [YAMLNode]?
  @Setting("Also measure bits per byte of this text (one text, or rows {\"text\"} of a .jsonl).")
  var text: PluginAPI.FilePath?
}

/// A recipe, every value read and checked, nothing opened yet.
struct Recipe {
  let path: String
  let node: YAMLNode
  let name: String
  let seed: UInt64
  let target: ModelSpecification
  let sources: [ModelSpecification]
  let rewards: [RewardSpecification]
  /// What grades held-out answers, where the recipe says so.
  let graders: [RewardSpecification]?
  let data: DataSection
  let sampling: SamplingSection
  let training: TrainingSettings
  let strategy: StrategySpecification
  let evaluate: EvaluateSection
  /// Every fault of the language, in the order found; what is faulty holds a default.
  let faults: [Problem]

  var folder: String { folderName(of: path) }
  var context: OptionContext { OptionContext(folder: folder) }
  /// The recipe as it was run, overrides included.
  var resolvedText: String { node.serialized() }

  /// Reads `path`, with `overrides` (`fusion.alpha=0.2`) applied. Throws when it is
  /// no YAML; faults of the language are left in `faults`, for `RunPlan` to report with the others.
  init(path: String, overrides: [String] = []) throws {
    let document = YAML.read(file: path)
    guard var node = document.node else { throw Problems(document.problems) }
    var problems = document.problems
    for override in overrides { try YAMLOverride(override).apply(to: &node) }
    let context = OptionContext(folder: folderName(of: path))
    let options = OptionReader.read(
      RecipeDocument.self, from: node, into: &problems, context)
    self.path = path
    self.node = node
    name = options.name ?? stem(of: path)
    seed = UInt64(options.seed)
    data = options.data
    sampling = options.sampling
    evaluate = options.evaluate
    target = Self.target(options, node, &problems, context)
    sources = options.sources.map { ModelSpecification($0, into: &problems, context) }
    rewards = options.rewards.map { RewardSpecification($0, into: &problems, context) }
    graders = options.evaluate.rewards?.map {
      RewardSpecification($0, into: &problems, context)
    }
    strategy = Self.strategy(options, node, &problems, context)
    training = Self.training(options, node, &problems)
    Self.checkNames([target] + sources, &problems)
    Self.checkTemperatures(options, node, &problems)
    faults = problems
  }

  private static func target(
    _ document: RecipeDocument, _ node: YAMLNode, _ problems: inout [Problem],
    _ context: OptionContext
  ) -> ModelSpecification {
    if let target = document.target {
      return ModelSpecification(target, into: &problems, context)
    }
    problems.append(
      Problem(
        .badConfiguration, at: node["target"]?.place ?? node.place, "the recipe has no 'target'",
        hint: "add 'target: PATH', the model to improve"))
    return ModelSpecification.missing
  }

  private static func strategy(
    _ document: RecipeDocument, _ node: YAMLNode, _ problems: inout [Problem],
    _ context: OptionContext
  ) -> StrategySpecification {
    if let fusion = document.fusion {
      return StrategySpecification(fusion, into: &problems, context)
    }
    problems.append(
      Problem(
        .badConfiguration, at: node.place, "the recipe has no 'fusion'",
        hint: "add 'fusion: {strategy: wrpo}'"))
    return StrategySpecification.missing
  }

  private static func training(
    _ document: RecipeDocument, _ node: YAMLNode, _ problems: inout [Problem]
  ) -> TrainingSettings {
    do {
      return try document.train.applied(to: TrainingSettings())
    } catch {
      problems.append(
        Problem(.badConfiguration, at: node["train"]?.place ?? node.place, "train.\(error)"))
      return TrainingSettings()
    }
  }

  /// Between 0, which is greedy, and what logits can be divided by, there is nothing sensible.
  private static func checkTemperatures(
    _ document: RecipeDocument, _ node: YAMLNode, _ problems: inout [Problem]
  ) {
    let values = [
      ("sampling", document.sampling.temperature), ("evaluate", document.evaluate.temperature),
    ]
    for (section, value) in values where value > 0 && value < 0.001 {
      let place = node[section]?["temperature"]?.place
      problems.append(
        Problem(
          .badConfiguration, at: place, "'temperature': found \(value)",
          expected: "0, which is greedy, or 0.001...100"))
    }
  }

  /// Names are how tables, logs and stored responses tell models apart.
  private static func checkNames(_ models: [ModelSpecification], _ problems: inout [Problem]) {
    for (index, model) in models.enumerated() {
      let name = model.reference.name
      if models[..<index].contains(where: { $0.reference.name == name }) {
        problems.append(
          Problem(
            .badConfiguration, at: model.reference.place,
            "two models are called \(quoted(name))", hint: "give one of them another 'name'"))
      }
    }
  }
}
