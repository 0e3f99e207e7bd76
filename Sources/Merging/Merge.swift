/// A merge config that was planned and can be carried out.
public struct Merge {
  public let config: MergeConfig
  /// A plan for every document, in the order in which they are made; the last is the result.
  public let plans: [MergePlan]
  private let methods: MergeMethods

  /// Reads and plans; no weight is read.
  ///
  /// - Throws: `Problem` or `Problems` with everything that cannot work.
  public init(_ config: MergeConfig, methods: MergeMethods) throws {
    self.config = config
    self.methods = methods
    let store = MergeModelStore(configFolder: parentDirectory(of: config.path))
    var plans: [MergePlan] = []
    for document in config.documents {
      let plan = try MergePlan(document, methods: methods, store: store)
      store.add(plan)
      plans.append(plan)
    }
    self.plans = plans
  }

  /// One sentence each; the same one about many places is told once.
  public var warnings: [String] { (config.warnings + plans.flatMap(\.warnings)).gathered }

  /// What `run` may be told besides the config.
  public struct Settings: Sendable {
    public var seed: UInt64 = 0
    /// The most bytes of one file, unless a single tensor is larger.
    public var shardBytes = ShardWriter.usualShardBytes
    public var copiesTokenizer = true
    public var writesModelCard = true
    /// Goes on where an interrupted merge of the same config and inputs stopped.
    public var resumes = false

    public init() {}
  }

  /// Merges into `target`, which appears whole or not at all.
  ///
  /// - Parameters:
  ///   - target: Absent or empty.
  ///   - check: Called between tensors; throws to stop. What is finished stays for `resumes`.
  ///   - progress: Bytes written, of how many, over all documents.
  /// - Throws: `Problem`: 65 for inputs that changed or hold what cannot be merged, 73, 74.
  public func run(
    to target: String, settings: Settings = Settings(), check: () throws -> Void = {},
    progress: (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) throws {
    let total = plans.reduce(0) { $0 + $1.outputBytes }
    var done = 0
    let target = try MergeFolder.place(of: target)
    let store = MergeModelStore(configFolder: parentDirectory(of: config.path))
    var stages: [String] = []
    for (index, planned) in plans.enumerated() {
      let isResult = index == plans.count - 1
      // Planned again with the results that are there now.
      let plan =
        stages.isEmpty && isResult
        ? planned : try MergePlan(planned.document, methods: methods, store: store)
      var job = MergeFolderJob(merge: self, plan: plan, settings: settings, target: target)
      if !isResult {
        job.target = MergeFolder.stagePath(of: target, job.fingerprint)
        stages.append(job.target)
      }
      // A stage is called after all that it depends on: one that is there is the right one.
      if isResult || !settings.resumes || !fileExists(job.target) {
        if !isResult { removeFolder(job.target) }
        do {
          try job.run(check: check) { bytes in progress(done + bytes, total) }
        } catch {
          if !MergeFolderJob.canGoOn(after: error) { MergeFolder.removeStages(of: target) }
          throw error
        }
      }
      done += plan.outputBytes
      progress(done, total)
      if let name = plan.document.name { store.results[name] = job.target }
    }
    MergeFolder.removeStages(of: target)
  }
}

/// One document's merge into a folder.
private struct MergeFolderJob {
  let merge: Merge
  let plan: MergePlan
  let settings: Merge.Settings
  var target: String

  init(merge: Merge, plan: MergePlan, settings: Merge.Settings, target: String) {
    self.merge = merge
    self.plan = plan
    self.settings = settings
    self.target = target
  }

  func run(check: () throws -> Void, progress: (Int) -> Void) throws {
    let folder = try MergeFolder(
      for: target, plan: plan, fingerprint: fingerprint, shardBytes: settings.shardBytes,
      resuming: settings.resumes)
    let finished = folder.finished
    var done = plan.tensors.reduce(0) {
      finished.contains($1.name) ? $0 + $1.description.byteCount : $0
    }
    do {
      try MergeExecutor(plan: plan, seed: settings.seed).run(
        into: folder.destination, skipping: finished, check: check
      ) { tensors in
        try folder.note(tensors)
        done += tensors.reduce(0) { $0 + $1.description.byteCount }
        progress(done)
      }
    } catch {
      if !(error is CancellationError) { try checkUnchanged(folder) }
      if Self.canGoOn(after: error) {
        // What is finished need not be done again; the fault that stopped the work matters more
        // than one of noting it.
        try? folder.save()
      } else {
        folder.discard()
      }
      throw error
    }
    try checkUnchanged(folder)
    try folder.save()
    try folder.commit(files())
  }

  /// Room can be made, and a merge that was stopped be taken up; other models or another config
  /// are another merge.
  static func canGoOn(after error: any Error) -> Bool {
    guard let problem = error as? Problem else { return error is CancellationError }
    return problem.kind != .badData && problem.kind != .badConfiguration
  }

  /// Throws when an input was changed: what was made of it is worth nothing then.
  private func checkUnchanged(_ folder: MergeFolder) throws {
    do {
      for model in plan.models { try model.stamps.checkUnchanged() }
    } catch {
      folder.discard()
      throw error
    }
  }

  /// Everything that the bytes of the output depend on.
  var fingerprint: String {
    var parts = [merge.config.text, plan.document.name ?? "", "\(settings.seed)"]
    parts.append("\(settings.shardBytes)")
    for model in plan.models {
      parts += model.stamps.stamps.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    }
    return SHA256.hex(of: parts.joined(separator: "\u{0}"))
  }

  private func files() throws -> [TokenizerFile] {
    var files = [
      TokenizerFile(
        name: "config.json", content: .text(plan.config.serialized(pretty: true) + "\n")),
      TokenizerFile(name: "mergekit_config.yml", content: .text(merge.config.text)),
    ]
    let generation = "\(plan.reference.directory)/generation_config.json"
    if fileExists(generation) {
      files.append(TokenizerFile(name: "generation_config.json", content: .copy(generation)))
    }
    if settings.writesModelCard {
      let name = target.split(separator: "/").last.map(String.init) ?? target
      let card = ModelCard(plan: plan, config: merge.config, name: name)
      files.append(TokenizerFile(name: "README.md", content: .text(card.text)))
    }
    // Other documents read the tokenizers of intermediate results.
    guard settings.copiesTokenizer || plan.vocabulary != nil || plan.document.name != nil else {
      return files
    }
    return files
      + (try plan.vocabulary?.files
        ?? TokenizerFile.copied(
          from: plan.reference.directory, chatTemplate: plan.chatTemplate))
  }
}

extension [String] {
  /// Warnings `PLACE: TEXT` with the same text as one, which names the first place.
  fileprivate var gathered: [String] {
    var counts: [String: Int] = [:]
    for warning in self { counts[Self.text(warning), default: 0] += 1 }
    return compactMap { warning in
      guard let count = counts.removeValue(forKey: Self.text(warning)) else { return nil }
      return count == 1 ? warning : "\(warning) (and in \(count - 1) more places)"
    }
  }

  private static func text(_ warning: String) -> String {
    warning.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? warning
  }
}
