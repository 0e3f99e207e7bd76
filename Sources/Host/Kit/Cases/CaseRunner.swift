import Foundation
import PluginAPI
import Processes

/// Asks a plugin that was built what its tests say.
struct CaseRunner {
  let library: String
  /// Of the plugin: paths of tests start here.
  let folder: String
  let registry: PluginRegistry

  private static let deadlineSeconds = 600.0

  init(library: String, folder: String) {
    // A search folder's paths have a slash, and a path is what a library is known by.
    let library = library.contains("/") ? library : "./\(library)"
    self.library = library
    self.folder = folder
    // First of all, so that it hides an older build of the same name.
    let own = SearchFolder(path: FilePath.parent(of: library), holdsOtherLibraries: false)
    registry = PluginRegistry(folders: [own] + PluginRegistry.searchFolders())
  }

  /// What is wrong with each case; nil where it is right.
  func faults(of cases: [PluginCase]) throws -> [String?] {
    let manifest = try manifest()
    var faults: [String?] = []
    while faults.count < cases.count {
      let next = cases[faults.count]
      switch next.question {
      case .score:
        faults += try judged(batch(of: cases[faults.count...]), manifest)
      case .answer(let question):
        faults.append(try answered(question, next, manifest))
      case .recipe(let question):
        faults.append(try ran(question))
      }
    }
    return faults
  }

  private func manifest() throws -> PluginManifest {
    let file = PluginFile(path: library)
    try registry.require(file)
    for entry in registry.entries where entry.file.path == library {
      if case .loaded(let manifest) = entry.state { return manifest }
    }
    throw Problem(.badConfiguration, at: library, "was not opened")
  }

  /// The plugin that a case asks.
  private func name(
    _ wanted: String?, of names: [String], kind: String, place: String
  ) throws -> String {
    if let wanted, names.contains(wanted) { return wanted }
    if wanted == nil, names.count == 1, let only = names.first { return only }
    throw Problem(
      .badConfiguration, at: place,
      wanted.map { "the plugin registers no \(kind) \(quoted($0))" }
        ?? "the plugin registers \(names.count) \(kind)s",
      expected: names.isEmpty ? nil : "\"plugin\": one of \(names.joined(separator: ", "))")
  }
}

// MARK: - Rewards

extension CaseRunner {
  /// Neighbours that ask the same reward with the same options are judged together.
  private func batch(of cases: ArraySlice<PluginCase>) -> [PluginCase] {
    guard let first = cases.first else { return [] }
    return Array(
      cases.prefix {
        guard case .score = $0.question else { return false }
        return $0.plugin == first.plugin && $0.options == first.options
      })
  }

  private func judged(_ cases: [PluginCase], _ manifest: PluginManifest) throws -> [String?] {
    guard let first = cases.first else { return [] }
    let name = try name(
      first.plugin, of: manifest.rewards.map { $0.name }, kind: "reward", place: first.place)
    let reward: RewardHandle
    do {
      reward = try make(name, first)
    } catch {
      return cases.map { _ in "\(error)" }
    }
    let scores = try reward.judge(
      cases.compactMap {
        if case .score(let completion, _) = $0.question { completion } else { nil }
      })
    return zip(cases, scores).map { one, score in
      guard case .score(_, let expectation) = one.question else { return nil }
      return expectation.fault(of: score)
    }
  }

  private func make(_ name: String, _ first: PluginCase) throws -> RewardHandle {
    var problems: [Problem] = []
    var mapping = first.options
    mapping["plugin"] = .string(name)
    let node = try node(mapping, first.place, into: &problems)
    let context = OptionContext(folder: folder)
    let specification = RewardSpecification(node, into: &problems, context)
    let factory = PluginFactory(registry: registry, context: context)
    guard let reward = factory.reward(specification, into: &problems), problems.isEmpty else {
      throw Problems(problems)
    }
    return reward
  }

  private func node(
    _ mapping: JSONObject, _ place: String, into problems: inout [Problem]
  ) throws -> YAMLNode {
    // JSON is YAML.
    let (node, faults) = YAML.read(JSON.object(mapping).serialized(), source: place)
    problems += faults
    guard let node else { throw Problems(problems) }
    return node
  }
}

// MARK: - Adapters

extension CaseRunner {
  private func answered(
    _ question: AnswerQuestion, _ one: PluginCase, _ manifest: PluginManifest
  ) throws -> String? {
    var mapping = one.options
    mapping["adapter"] = .string(
      try name(
        one.plugin, of: manifest.adapters.map { $0.name }, kind: "adapter", place: one.place))
    mapping["model"] = question.model.map { .string($0) }
    var problems: [Problem] = []
    let context = OptionContext(folder: folder)
    let specification = ModelSpecification(
      try node(mapping, one.place, into: &problems), into: &problems, context)
    guard problems.isEmpty else { return problems.map(\.description).joined(separator: "\n") }
    let model = try PluginFactory(registry: registry, context: context)
      .open(specification.reference)
    let answer = try answers(model, question, samples: [0], question.settings).first ?? ""
    return try question.fault(of: answer) ?? promise(model, question)
  }

  /// What every model promises: sample k is the same whatever else is drawn, and is drawn again alike.
  private func promise(_ model: any LanguageModel, _ question: AnswerQuestion) throws -> String? {
    guard !model.identity.isEmpty else { return "the model's identity is empty" }
    var settings = question.settings
    settings.temperature = 1
    let both = try answers(model, question, samples: [0, 1], settings)
    guard both.count == 2 else { return nil }
    let second = try answers(model, question, samples: [1], settings)
    return second == [both[1]]
      ? nil
      : "sample 1 of a prompt is \(quoted(both[1])) beside sample 0, and \(quoted(second.first ?? "")) "
        + "alone: its random numbers must be keyed by seed, prompt and sample"
  }

  private func answers(
    _ model: any LanguageModel, _ question: AnswerQuestion, samples: [Int],
    _ settings: SamplingSettings
  ) throws -> [String] {
    let request = GenerationRequest(
      messages: question.messages, samples: samples, seed: question.seed)
    return try model.generate([request], settings: settings) { _, _ in }.first?.map(\.text) ?? []
  }
}

// MARK: - Recipes

extension CaseRunner {
  /// Runs the recipe in a child, with a folder and a store of its own.
  private func ran(_ question: RecipeQuestion) throws -> String? {
    guard let program = PluginProbe.standard()?.executable else {
      throw Problem(.failed, "this program cannot be started again to run a recipe")
    }
    let work = NSTemporaryDirectory() + "crucible-test-\(getpid())-\(UUID().uuidString)"
    try LocalFiles().makeDirectories(work)
    defer { try? LocalFiles().remove(work) }
    var variables = ProcessInfo.processInfo.environment
    let more = variables["CRUCIBLE_PLUGIN_PATH"].map { ":\($0)" } ?? ""
    variables["CRUCIBLE_PLUGIN_PATH"] = FilePath.parent(of: library) + more
    let command = ProcessCommand(
      [
        program, "run", FilePath.join(folder, question.recipe), "--out", "\(work)/run", "--store",
        "\(work)/store.sqlite", "--quiet",
      ] + question.changes.flatMap { ["--set", $0] }, environment: variables)
    let result = try command.run(deadlineSeconds: Self.deadlineSeconds)
    if result.timedOut { return "the run did not end within \(Self.deadlineSeconds) s" }
    let words = result.error.split(whereSeparator: \.isNewline).last.map(String.init) ?? ""
    guard let failure = question.failure else {
      return result.succeeded ? nil : "the run ended with \(result.exit): \(words)"
    }
    if result.succeeded { return "the run succeeded, expected a failure with \(quoted(failure))" }
    return result.error.contains(failure)
      ? nil : "the run failed with \(quoted(words)), expected \(quoted(failure))"
  }
}
