import PluginAPI

/// Makes plugins from what a recipe says of them; faults are collected with their places.
struct PluginFactory {
  let registry: PluginRegistry
  let context: OptionContext

  init(registry: PluginRegistry, context: OptionContext) {
    self.registry = registry
    var context = context
    if context.services == nil { context.services = NamedPlugins(registry: registry) }
    self.context = context
  }

  func strategy(
    _ specification: StrategySpecification, into problems: inout [Problem]
  ) -> (any FusionStrategy)? {
    guard !specification.name.isEmpty else { return nil }
    return collecting(&problems) {
      try addLibrary(specification.library)
      let type = try registry.strategy(
        specification.name, place: specification.node["strategy"]?.place)
      return try make(
        type, from: specification.node.dropping(Set(unusedKeys(specification))),
        reserved: StrategySpecification.commonKeys)
    }
  }

  /// Keys of `fusion` that other strategies know and this one does not: a recipe changes its
  /// strategy by one word, so they are passed over. In the recipe's order.
  func unusedKeys(_ specification: StrategySpecification) -> [String] {
    guard let type = try? registry.strategy(specification.name) else { return [] }
    let own = StrategySpecification.commonKeys.union(keys(of: type))
    let written = (specification.node.mapping ?? []).map(\.key).filter { !own.contains($0) }
    guard !written.isEmpty else { return [] }
    let others = registry.loadAll().flatMap(\.fusions)
    let known = Set(others.flatMap { (other: any FusionStrategy.Type) in keys(of: other) })
    return written.filter(known.contains)
  }

  private func keys<P: FusionStrategy>(of type: P.Type) -> [String] {
    OptionReader.describe(P.Options()).map {
      $0.key.split(separator: ".").first.map(String.init) ?? $0.key
    }
  }

  func reward(
    _ specification: RewardSpecification, into problems: inout [Problem]
  ) -> RewardHandle? {
    guard !specification.plugin.isEmpty else { return nil }
    return collecting(&problems) {
      try addLibrary(specification.library)
      let place = (specification.node["plugin"] ?? specification.node).place
      let type = try registry.reward(specification.plugin, place: place)
      let node = specification.node.mapping == nil ? nil : specification.node
      let model = try make(type, from: node, reserved: RewardSpecification.commonKeys)
      let options = node.map { $0.dropping(["weight", "plugin", "path"]).serialized() } ?? "{}"
      return RewardHandle(
        name: specification.plugin, weight: specification.weight, model: model,
        options: options, library: try registry.contentHash(ofReward: specification.plugin),
        written: node?.json)
    }
  }

  /// Opens a model with the adapter its reference names, or the first that can.
  func open(_ reference: ModelReference) throws -> any LanguageModel {
    try withAdapter(of: reference) { try $0.open($1) }
  }

  /// Checks an adapter's options without opening the model.
  func check(_ reference: ModelReference, into problems: inout [Problem]) {
    collecting(&problems) { try withAdapter(of: reference) { _, _ in } }
  }

  /// Calls `body` with the adapter of a model, its options read, and what it has to open.
  private func withAdapter<Result>(
    of reference: ModelReference, _ body: (any ModelAdapter, ModelReference) throws -> Result
  ) throws -> Result {
    if let composite = try CompositeModel(at: reference, services: context.services) {
      let factory = PluginFactory(registry: registry, context: composite.context)
      return try registry.reading(composite) {
        try factory.withAdapter(of: composite.reference, body)
      }
    }
    let type = try registry.adapter(for: reference)
    let adapter = try make(
      type, from: reference.options, reserved: ModelSpecification.commonKeys)
    return try body(adapter, reference)
  }

  private func addLibrary(_ path: String?) throws {
    if let path { try registry.require(PluginFile(path: path)) }
  }

  /// A plugin with its options read. Throws every fault of the options at once.
  private func make<P: Plugin>(
    _ type: P.Type, from node: YAMLNode?, reserved: Set<String>
  ) throws -> P {
    var problems: [Problem] = []
    let options = OptionReader.read(
      P.Options.self, from: node, reserved: reserved, into: &problems, context)
    if !problems.isEmpty { throw Problems(problems) }
    do {
      return try type.init(options)
    } catch let error as OptionError {
      let value = error.key.split(separator: ".").reduce(node) { $0?[String($1)] }
      throw Problem(.badConfiguration, at: (value ?? node)?.place, error.description)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(
        .badConfiguration, at: node?.place, "\(quoted(type.name)) refused its options: \(error)")
    }
  }

  @discardableResult
  private func collecting<Value>(
    _ problems: inout [Problem], _ body: () throws -> Value
  ) -> Value? {
    do {
      return try body()
    } catch let several as Problems {
      problems += several.all
    } catch let problem as Problem {
      problems.append(problem)
    } catch {
      problems.append(Problem(.badConfiguration, "\(error)"))
    }
    return nil
  }
}
