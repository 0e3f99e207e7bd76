import PluginAPI

/// Makes the models and rewards that options of other plugins name.
///
/// Invariant behind `@unchecked Sendable`: the registry is used while recipes are read and models
/// are opened, both on the command's one thread.
final class NamedPlugins: OptionServices, @unchecked Sendable {
  private let registry: PluginRegistry

  init(registry: PluginRegistry) { self.registry = registry }

  func model(_ node: YAMLNode, _ context: OptionContext) throws -> ModelHandle {
    var problems: [Problem] = []
    let specification = ModelSpecification(node, into: &problems, context)
    let factory = PluginFactory(registry: registry, context: context)
    if problems.isEmpty { factory.check(specification.reference, into: &problems) }
    if !problems.isEmpty { throw Problems(problems) }
    let shots = try specification.fewShot.map { try PromptFile.shots(path: $0) } ?? []
    let opener = ModelOpener(factory: factory)
    return ModelHandle(reference: specification.reference, fewShot: shots) {
      try opener.open($0)
    }
  }

  func reward(_ node: YAMLNode, _ context: OptionContext) throws -> RewardHandle {
    var problems: [Problem] = []
    let specification = RewardSpecification(node, into: &problems, context)
    let factory = PluginFactory(registry: registry, context: context)
    guard problems.isEmpty, let reward = factory.reward(specification, into: &problems),
      problems.isEmpty
    else { throw Problems(problems) }
    return reward
  }
}
