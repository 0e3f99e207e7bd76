/// Merges candidates of a search into memory; nothing is written.
///
/// Models are opened once for all candidates. A candidate holds the bytes of its merged tensors
/// until it is let go of.
public final class CandidateMerger {
  private let space: SearchSpace
  private let methods: MergeMethods
  private let store: MergeModelStore

  public init(_ space: SearchSpace, methods: MergeMethods) {
    self.space = space
    self.methods = methods
    store = MergeModelStore(configFolder: parentDirectory(of: space.path))
  }

  /// What is odd about the merge that has `values`, one sentence each. No weight is read.
  ///
  /// - Throws: `Problem` or `Problems` with everything that cannot work, at places of the searched
  ///   config.
  public func warnings(_ values: [Double]) throws -> [String] {
    let (plan, warnings) = try plan(values)
    return warnings + plan.warnings
  }

  /// Size and time of every file that is read, as one text: changes with the inputs.
  ///
  /// - Throws: As `warnings`.
  public func fingerprint() throws -> String {
    let models = try plan(space.start).plan.models
    let lines = models.flatMap { model in
      model.stamps.stamps.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }
    return SHA256.hex(of: lines.joined(separator: "\n"))
  }

  /// The merged model, as `crucible merge` would write it and a command would open it.
  ///
  /// - Parameters:
  ///   - values: One for each coordinate of the space.
  ///   - name: How messages name the model.
  ///   - seed: Of the merge.
  ///   - check: Called between tensors; throws to stop.
  /// - Throws: As `warnings`, and what reading, the method or opening the result throws.
  public func model(
    _ values: [Double], name: String, seed: UInt64 = Merge.Settings().seed,
    check: () throws -> Void = {}
  ) throws -> LoadedModel {
    let plan = try plan(values).plan
    let held = HeldTensors()
    try MergeExecutor(plan: plan, seed: seed).run(into: held, check: check) { _ in }
    return try LoadedModel.open(
      tensors: held.tensors(of: plan), config: plan.config, files: try files(of: plan),
      name: name)
  }

  private func plan(_ values: [Double]) throws -> (plan: MergePlan, warnings: [String]) {
    var (problems, warnings): ([Problem], [String]) = ([], [])
    let document = MergeDocument(space.tree(values), into: &problems, warnings: &warnings)
    guard let document, problems.isEmpty else { throw Problems(problems) }
    return (try MergePlan(document, methods: methods, store: store), warnings)
  }

  /// What lies beside the weights of a merged model.
  private func files(of plan: MergePlan) throws -> [LoadedModel.HeldFile] {
    let folder = plan.reference.directory
    let tokenizer =
      try plan.vocabulary?.files
      ?? TokenizerFile.copied(from: folder, chatTemplate: plan.chatTemplate)
    var files = tokenizer.map { file in
      switch file.content {
      case .text(let text): LoadedModel.HeldFile(name: file.name, content: .text(text))
      case .copy(let path): LoadedModel.HeldFile(name: file.name, content: .file(path))
      }
    }
    let generation = "generation_config.json"
    if fileExists("\(folder)/\(generation)") {
      files.append(.init(name: generation, content: .file("\(folder)/\(generation)")))
    }
    return files
  }
}
