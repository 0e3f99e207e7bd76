internal import Formats
internal import Synchronization

/// Takes a LoRA adapter out of a fine-tuned model: per module the leading singular directions of
/// its difference to the base (methods of mergekit's extract-lora), as PEFT loads it.
///
/// Reads and writes module by module: what is in memory at once is the work on a few modules.
public struct AdapterExtraction {
  private let pair: ModelPair
  private let plan: ExtractionPlan
  private let settings: ExtractionSettings
  private let baseName: String

  /// Opens both sides and checks that they fit each other.
  ///
  /// - Parameters:
  ///   - model: Folder of the fine-tuned model.
  ///   - base: Folder of the model it came from.
  ///   - baseName: What the adapter calls the base: a path or a name of the Hub.
  /// - Throws: `Problem` or `Problems`: 64 for settings out of range, 65 and 66 for folders that
  ///   cannot be read or do not fit each other (every tensor is listed).
  public init(
    model: String, base: String, baseName: String? = nil,
    settings: ExtractionSettings = ExtractionSettings()
  ) throws {
    pair = try ModelPair(model: model, base: base)
    plan = try ExtractionPlan(pair, settings)
    self.settings = settings
    self.baseName = baseName ?? base
  }

  /// How many modules will be decomposed: the steps of the progress.
  public var moduleCount: Int { plan.modules(.decompose).count }

  /// Writes the adapter. The folder appears whole or not at all.
  ///
  /// - Parameters:
  ///   - directory: Absent or empty.
  ///   - progress: Told how many modules are decomposed; what it throws ends the extraction.
  ///     [calling thread]
  /// - Throws: `Problem`: 65 when no module differs or a weight is not finite, 73 and 74 when the
  ///   folder cannot be written.
  public func run(
    into directory: String, progress: (Int) throws -> Void = { _ in }
  ) throws -> ExtractionReport {
    let staging = try StagingFolder(for: directory)
    do {
      var folder = AdapterFolder(path: staging.path, pair: pair, plan: plan, settings: settings)
      let pairs = try decompose(into: folder, progress)
      try checkSomething(pairs)
      try folder.write(pairs: pairs, baseName: baseName)
      try staging.commit()
      return report(pairs, bytes: folder.byteCount)
    } catch {
      staging.discard()
      throw error
    }
  }

  // MARK: Decomposing

  /// Batches of modules side by side, each on a thread; in the order of the plan.
  private func decompose(
    into folder: AdapterFolder, _ progress: (Int) throws -> Void
  ) throws -> [DecomposedModule] {
    let modules = plan.modules(.decompose)
    var done: [DecomposedModule] = []
    while done.count < modules.count {
      let batch = Array(modules[done.count..<done.count + batchSize(modules[done.count...])])
      let results = Mutex([Int: Result<DecomposedModule, any Error>]())
      let first = done.count
      ThreadPool.shared.parallel(batch.count) { index in
        let result = Result { try decompose(batch[index], number: first + index, into: folder) }
        results.withLock { $0[index] = result }
      }
      let ordered = results.withLock { $0 }
      for index in batch.indices {
        if let result = ordered[index] { done.append(try result.get()) }
      }
      try progress(done.count)
    }
    return done
  }

  /// As many modules as threads, unless the work on them would take more than 2 GiB.
  private func batchSize(_ modules: ArraySlice<PlannedModule>) -> Int {
    var (count, bytes) = (0, 0)
    for module in modules.prefix(ThreadPool.shared.threadCount) {
      let shape = pair.shape(module.weight, in: pair.model) ?? []
      bytes += 8 * 5 * shape.reduce(1, *)  // Δ, LAPACK's copy, factors, working space
      if count > 0, bytes > 2 << 30 { break }
      count += 1
    }
    return max(1, count)
  }

  private func decompose(
    _ module: PlannedModule, number: Int, into folder: AdapterFolder
  ) throws -> DecomposedModule {
    do {
      let difference = try pair.difference(module.weight)
      let matrix = Matrix(difference)
      // PEFT's embeddings are pairs of the transposed table; Conv1D stores projections that way.
      let isFlipped = module.kind == .embedding || pair.isTransposed && module.kind == .linear
      let factors = try LowRankPair(
        isFlipped ? matrix.transposed : matrix, settings,
        storedAs: settings.dtype ?? difference.dtype,
        rng: CounterRNG(seed: settings.seed, stream: UInt64(number)))
      let decomposed = DecomposedModule(
        module: module, number: number, factors: factors,
        fullRank: min(matrix.rows, matrix.columns), biasChanged: try biasChanged(module))
      if factors.rank > 0 { try folder.keep(factors, number: number) }
      return decomposed
    } catch var problem as Problem {
      problem.place =
        problem.place ?? "\(pair.model.directory): module \(quoted(module.name, limit: 200))"
      throw problem
    }
  }

  private func biasChanged(_ module: PlannedModule) throws -> Bool {
    guard let bias = module.bias else { return false }
    return try !pair.isUnchanged(bias)
  }

  // MARK: Reporting

  /// An adapter without a pair is none.
  private func checkSomething(_ pairs: [DecomposedModule]) throws {
    if pairs.contains(where: { $0.rank > 0 }) { return }
    let place = pair.model.directory
    if pairs.contains(where: { $0.norm > 0 }) {
      throw Problem(
        .badData, at: place, "no singular value of a difference is above the floor",
        hint: "lower --sv-epsilon below \(settings.singularValueFloor)")
    }
    let others = plan.modules(.saveWhole).flatMap(\.tensors) + pairs.compactMap(\.module.bias)
    for name in others where try !pair.isUnchanged(name) {
      throw Problem(
        .badData, at: place,
        "only tensors that no pair can stand for differ from \(pair.base.directory), "
          + "\(quoted(name, limit: 200)) for one",
        hint: "an adapter needs one pair at least")
    }
    throw Problem(
      .badData, at: place,
      "holds the same weights as \(pair.base.directory): there is nothing to extract",
      hint: "was the fine-tuned model saved over, or are the two folders the same?")
  }

  private func report(_ pairs: [DecomposedModule], bytes: Int) -> ExtractionReport {
    var report = ExtractionReport()
    report.warnings = plan.warnings
    report.byteCount = bytes
    report.rank = pairs.map(\.rank).max() ?? 0
    let byName = Dictionary(pairs.map { ($0.module.name, $0) }) { first, _ in first }
    report.modules = plan.modules.map { module in
      guard let pair = byName[module.name] else {
        return .init(
          name: module.name, treatment: module.action == .saveWhole ? .whole : .leftOut)
      }
      return .init(
        name: module.name, treatment: pair.rank > 0 ? .pair : .omitted, rank: pair.rank,
        fullRank: pair.fullRank, norm: pair.norm, errorNorm: pair.errorNorm)
    }
    return report
  }
}

/// What is remembered of a module once its factors are on the disk.
struct DecomposedModule: Sendable {
  let module: PlannedModule
  /// Its place among the decomposed modules.
  let number: Int
  let rank: Int
  let fullRank: Int
  let norm: Double
  let errorNorm: Double
  /// Its bias differs from the base's.
  let biasChanged: Bool

  init(
    module: PlannedModule, number: Int, factors: LowRankPair, fullRank: Int, biasChanged: Bool
  ) {
    self.module = module
    self.number = number
    rank = factors.rank
    self.fullRank = fullRank
    norm = factors.norm
    errorNorm = factors.errorNorm
    self.biasChanged = biasChanged
  }
}
