import Merging
import PluginAPI

/// Plans merges of a recipe's models with the host's methods.
struct MergeService {
  let setup: MergeSetup
  private let recipe: Recipe
  private let methods: MergeMethods

  init(_ recipe: Recipe, methods: MergeMethods) {
    self.recipe = recipe
    self.methods = methods
    setup = MergeSetup(
      target: recipe.target.reference, sources: recipe.sources.map(\.reference),
      outputType: recipe.training.dtype, mark: recipe.strategyMark, method: methods.named)
  }

  /// A config with everything checked that can be checked without reading weights.
  ///
  /// - Throws: `Problem` or `Problems`: models of other architectures, parameters, layers, shapes.
  func merge(_ configuration: MergeConfiguration) throws -> Merge {
    switch configuration {
    case .file(let path):
      return try Merge(MergeConfig(path: path), methods: methods)
    case .document(let node):
      try Mergeable(target: setup.target, sources: setup.sources).check()
      return try Merge(MergeConfig(document: node, path: recipe.path), methods: methods)
    }
  }

  /// Where the models lie that a merging strategy reads; none for other strategies. What makes the
  /// merge impossible is appended to `problems`.
  func folders(of strategy: (any FusionStrategy)?, _ problems: inout [Problem]) -> [String] {
    guard problems.isEmpty, let strategy = strategy as? any MergingStrategy else { return [] }
    do {
      var seen: Set<String> = []
      return try merge(strategy.configuration(setup)).plans.flatMap(\.models).map(\.directory)
        .filter { seen.insert($0).inserted }
    } catch let error as OptionError {
      let isOption = recipe.strategy.node[error.key] != nil
      problems.append(recipe.problem(error, in: isOption ? recipe.strategy.node : recipe.node))
    } catch {
      problems += listed(error)
    }
    return []
  }
}

extension Recipe {
  /// Where the strategy is named.
  fileprivate var strategyMark: TextMark {
    (strategy.node["strategy"] ?? strategy.node).mark
  }
}
