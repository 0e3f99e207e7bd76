import PluginAPI

/// A recipe with everything it names made and read, and nothing bought yet: plugins with their
/// options, prompts, handles of models that open when first used.
struct RunPlan {
  let recipe: Recipe
  let strategy: any FusionStrategy
  let rewards: [RewardHandle]
  /// Those that grade held-out answers.
  let graders: [RewardHandle]
  let target: ModelHandle
  let sources: [ModelHandle]
  let trainPrompts: [Prompt]
  let heldoutPrompts: [Prompt]
  let heldoutText: HeldoutText?
  let factory: PluginFactory
  let merging: MergeService
  /// Folders of the models that a merging strategy reads.
  let mergedFolders: [String]
  /// Keys of `fusion` that belong to other strategies, see `PluginFactory.unusedKeys`.
  let unusedKeys: [String]

  /// What is odd but correct: values whose type may surprise, work that gives nothing new.
  var warnings: [String] {
    var warnings = recipe.node.surprises
    if recipe.evaluate.n > 1, recipe.evaluate.temperature == 0 {
      let place = recipe.node["evaluate"]?["n"]?.place ?? recipe.path
      warnings.append(
        "\(place): at temperature 0 all \(recipe.evaluate.n) answers to a held-out prompt are the "
          + "same; set evaluate.temperature, or n: 1")
    }
    return warnings
  }

  /// Throws every fault of the recipe, its plugins' options and its files at once.
  init(path: String, overrides: [String] = [], registry: PluginRegistry) throws {
    let recipe = try Recipe(path: path, overrides: overrides)
    var problems = recipe.faults
    let factory = PluginFactory(registry: registry, context: recipe.context)
    let strategy = factory.strategy(recipe.strategy, into: &problems)
    rewards = recipe.rewards.compactMap { factory.reward($0, into: &problems) }
    graders = recipe.graders?.compactMap { factory.reward($0, into: &problems) } ?? rewards
    let models = PlannedModels(recipe, factory: factory, problems: &problems)
    let data = PlannedData(recipe, problems: &problems)
    Self.check(strategy, recipe, prompts: data.train.count, &problems)
    let merging = MergeService(recipe, methods: registry.mergeMethods)
    mergedFolders = merging.folders(of: strategy, &problems)
    guard let strategy, let target = models.target, problems.isEmpty else {
      throw Problems(problems.sortedByPlace())
    }
    self.recipe = recipe
    self.strategy = strategy
    self.target = target
    sources = models.sources
    trainPrompts = data.train
    heldoutPrompts = data.heldout
    heldoutText = data.text
    self.factory = factory
    self.merging = merging
    unusedKeys = factory.unusedKeys(recipe.strategy)
  }

  /// Asks the strategy whether it can work with what the recipe names. What could not be read is a
  /// fault already, and not missing.
  private static func check(
    _ strategy: (any FusionStrategy)?, _ recipe: Recipe, prompts: Int,
    _ problems: inout [Problem]
  ) {
    guard let strategy, problems.isEmpty else { return }
    do {
      try strategy.check(
        FusionSetup(
          sources: recipe.sources.map(\.reference.name), rewards: recipe.rewards.map(\.plugin),
          promptCount: prompts))
    } catch let error as OptionError {
      problems.append(recipe.problem(error, in: recipe.node))
    } catch {
      problems += listed(error)
    }
  }
}

extension Recipe {
  /// A strategy's complaint, at the key of `node` that it names.
  func problem(_ error: OptionError, in node: YAMLNode) -> Problem {
    let found = error.key.split(separator: ".").reduce(Optional(node)) { $0?[String($1)] }
    return Problem(
      .badConfiguration, at: (found ?? strategy.node).place, "\(strategy.name): \(error)")
  }
}

/// Handles of the recipe's models, adapters found and their options checked.
private struct PlannedModels {
  var target: ModelHandle?
  var sources: [ModelHandle] = []

  init(_ recipe: Recipe, factory: PluginFactory, problems: inout [Problem]) {
    let opener = ModelOpener(factory: factory)
    func handle(_ model: ModelSpecification) -> ModelHandle {
      let file = model.fewShot.map { PluginAPI.FilePath($0) }
      let node = model.reference.options?["few_shot"]
      let shots = reading(file, at: node, &problems) { try PromptFile.shots(path: $0) } ?? []
      if !model.reference.location.isEmpty || model.reference.adapter != nil {
        factory.check(model.reference, into: &problems)
      }
      return ModelHandle(reference: model.reference, fewShot: shots) { try opener.open($0) }
    }
    target = handle(recipe.target)
    sources = recipe.sources.map(handle)
  }
}

/// The recipe's prompts.
private struct PlannedData {
  var train: [Prompt] = []
  var heldout: [Prompt] = []
  var text: HeldoutText?

  init(_ recipe: Recipe, problems: inout [Problem]) {
    let (data, node) = (recipe.data, recipe.node)
    train =
      reading(data.train, at: node["data"]?["train"], &problems) {
        Self.first(data.limit, of: try PromptFile.prompts(path: $0))
      } ?? []
    heldout =
      reading(data.heldout, at: node["data"]?["heldout"], &problems) {
        Self.first(data.heldoutLimit, of: try PromptFile.prompts(path: $0))
      } ?? []
    text = reading(recipe.evaluate.text, at: node["evaluate"]?["text"], &problems) {
      try HeldoutText(path: $0)
    }
  }

  private static func first(_ limit: Int?, of prompts: [Prompt]) -> [Prompt] {
    limit.map { Array(prompts.prefix($0)) } ?? prompts
  }
}

/// What `read` makes of a file that the recipe names at `node`. Faults of the file as a whole are
/// told at that line of the recipe, faults inside it at their own.
private func reading<Value>(
  _ file: PluginAPI.FilePath?, at node: YAMLNode?, _ problems: inout [Problem],
  _ read: (String) throws -> Value
) -> Value? {
  guard let file else { return nil }
  do {
    return try read(file.path)
  } catch {
    problems += listed(error).map { problem in
      guard problem.place == file.path, let place = node?.place else { return problem }
      var problem = problem
      problem.place = place
      problem.what = "\(file.path): \(problem.what)"
      return problem
    }
    return nil
  }
}

/// Opens models through adapters, from any thread.
///
/// Invariant behind `@unchecked Sendable`: the registry is used under the lock of the handle that
/// opens, on the run's one thread.
final class ModelOpener: @unchecked Sendable {
  private let factory: PluginFactory

  init(factory: PluginFactory) { self.factory = factory }

  func open(_ reference: ModelReference) throws -> any LanguageModel {
    try factory.open(reference)
  }
}

/// An error as problems of ours.
func listed(_ error: any Error) -> [Problem] {
  switch error {
  case let several as Problems: several.all
  case let problem as Problem: [problem]
  default: [Problem(.failed, "\(error)")]
  }
}
