internal import Formats

/// A module of the model with what is to become of it.
struct PlannedModule {
  enum Kind { case linear, embedding, head, other }
  enum Action { case decompose, saveWhole, leaveOut }

  let name: String
  /// Full names of its tensors.
  let tensors: [String]
  let kind: Kind
  var action = Action.leaveOut

  var weight: String { name + ".weight" }
  /// The tensor of its bias, where it has one.
  var bias: String? { tensors.first { $0 == name + ".bias" } }
  /// Rows of its weight are tokens.
  var isVocabulary: Bool { kind == .embedding || kind == .head }
}

/// Which modules become pairs, which are saved whole and which are left out, decided as mergekit
/// does from the names and shapes of their tensors.
struct ExtractionPlan {
  private(set) var modules: [PlannedModule]
  private(set) var warnings: [String] = []
  private let settings: ExtractionSettings
  private let include: [TextPattern]
  private let exclude: [TextPattern]

  /// - Throws: `Problems` or `Problem`: 64 for settings, 65 for sides that do not fit each other
  ///   (all tensors are listed) and when nothing is left to decompose.
  init(_ pair: ModelPair, _ settings: ExtractionSettings) throws {
    (include, exclude) = try settings.patterns()
    modules = Self.modules(of: pair)
    var settings = settings
    let resized = modules.filter { module in
      module.isVocabulary && module.tensors.contains(module.weight)
        && pair.shape(module.weight, in: pair.model) != pair.shape(module.weight, in: pair.base)
    }.map(\.name)
    if settings.decomposesEmbeddings, !resized.isEmpty {
      settings.decomposesEmbeddings = false
      warnings.append("the vocabularies differ in size: embeddings and head are saved whole")
    } else if !resized.isEmpty {
      warnings.append(
        "the vocabularies differ in size: resize the base's embedding before the adapter is loaded")
    }
    self.settings = settings
    let problems = pair.mismatches { resized.contains($0) }
    if !problems.isEmpty { throw Problems(problems) }
    for index in modules.indices { modules[index].action = try action(for: modules[index]) }
    guard modules.contains(where: { $0.action == .decompose }) else {
      throw Problem(
        .badData, at: pair.model.directory, "no module is left to decompose",
        hint: "loosen the patterns, or check that this is the folder of a language model")
    }
  }

  /// The modules that get `action`, in the order of the files.
  func modules(_ action: PlannedModule.Action) -> [PlannedModule] {
    modules.filter { $0.action == action }
  }

  /// Heads that PEFT wants beside those of the files, with the tensor that each holds: a tied one
  /// where the embedding is saved whole, and GPT-NeoX's under its name in newer transformers.
  func extraHeads(of pair: ModelPair) -> [(module: String, tensor: String)] {
    let whole = modules(.saveWhole).map(\.weight)
    if whole.contains("embed_out.weight") { return [("lm_head", "embed_out.weight")] }
    guard pair.headIsTied, let embedding = pair.embedding, whole.contains(embedding) else {
      return []
    }
    return [("lm_head", embedding)]
  }

  private func action(for module: PlannedModule) throws(Problem) -> PlannedModule.Action {
    let excluded = try matches(exclude, module.name)
    if module.isVocabulary, !settings.decomposesEmbeddings, !excluded { return .saveWhole }
    let last = lastComponent(of: module.name)
    if settings.savedModules.contains(where: { $0 == module.name || $0 == last }) {
      return .saveWhole
    }
    let included = try matches(include, module.name)
    if excluded || !include.isEmpty && !included { return .leaveOut }
    if module.kind != .other { return .decompose }
    return settings.skipsUndecomposable ? .leaveOut : .saveWhole
  }

  private func matches(_ patterns: [TextPattern], _ name: String) throws(Problem) -> Bool {
    for pattern in patterns where try pattern.matchCount(in: name) > 0 { return true }
    return false
  }

  private static func modules(of pair: ModelPair) -> [PlannedModule] {
    var order: [String] = []
    var tensors: [String: [String]] = [:]
    for name in pair.names {
      let module = moduleName(of: name)
      if tensors[module] == nil { order.append(module) }
      tensors[module, default: []].append(name)
    }
    return order.map { name in
      let tensors = tensors[name] ?? []
      return PlannedModule(name: name, tensors: tensors, kind: kind(of: name, tensors, pair))
    }
  }

  /// Matrices are projections, except embeddings. Routers of experts look like projections, but are
  /// modules of their own kind where they are loaded.
  private static func kind(
    of module: String, _ tensors: [String], _ pair: ModelPair
  ) -> PlannedModule.Kind {
    let last = lastComponent(of: module)
    let isMatrix = pair.shape(module + ".weight", in: pair.model)?.count == 2
    let isPlain = tensors.allSatisfy { ["weight", "bias"].contains(lastComponent(of: $0)) }
    guard isMatrix, isPlain, last != "gate", last != "router" else { return .other }
    if ModelPair.embeddingNames.contains(last) { return .embedding }
    return ModelPair.headNames.contains(module) ? .head : .linear
  }
}
