import Foundation
import PluginAPI
import Processes

/// One run of a recipe from its folder's first file to its results.
struct Run {
  let plan: RunPlan
  let directory: RunDirectory
  /// The workspace's database, shared by all of its runs.
  let storePath: String
  let console: Console

  func perform() throws -> RunResults {
    let text = plan.recipe.resolvedText
    for warning in try directory.begin(recipe: text, manifest: manifest(recipe: text)) {
      console.warn(warning)
    }
    let costs = CostMeter(run: directory, clock: console.clock)
    let store = try WorkspaceStore(path: storePath)
    var results: RunResults
    do {
      results = try fuse(store, costs)
    } catch {
      // What was spent is spent, whether or not it led anywhere.
      try? costs.save()
      throw error
    }
    try costs.save()
    results.costs = costs.total
    try directory.finishRun()
    console.message(
      "store: \(store.responseTally.reused) responses reused, \(store.responseTally.new) new; "
        + "\(store.scoreTally.reused) scores reused, \(store.scoreTally.new) new")
    return results
  }

  /// Everything up to the written results.
  private func fuse(_ store: WorkspaceStore, _ costs: CostMeter) throws -> RunResults {
    let metrics = try MetricsWriter(folder: directory.path)
    let job = Job(
      plan: plan, run: directory, store: store, metrics: metrics, costs: costs, console: console)
    let baseline = "\(plan.target.name), before"
    for source in plan.sources { try job.evaluate(source, label: source.name) }
    try job.evaluate(plan.target, label: baseline)
    if !plan.unusedKeys.isEmpty {
      console.message(
        "\(plan.recipe.strategy.name) does not use \(plan.unusedKeys.joined(separator: ", "))")
    }
    let fused = try ForeignCode.run(
      "strategy \(quoted(plan.recipe.strategy.name))", "while it ran",
      hint: "finished work is kept: mend it and run again with --resume"
    ) { try plan.strategy.fuse(job) }
    let label = try job.evaluateUnlessDone(fused, label: "after \(fused.name)")
    let link = try linkModel(fused)
    let results = RunResults(
      plan: plan, table: ResultsTable(rows: job.rows, baseline: baseline), fused: label,
      graders: try plan.graderRecords(), modelPath: link, runPath: directory.path)
    try directory.write(lines: job.records.map(\.json), to: AnswerRecord.fileName)
    try directory.write(results.json, to: ResultsTable.fileName)
    return results
  }

  /// `model` in the run folder points at the fused model, whichever stage made it.
  private func linkModel(_ fused: ModelHandle) throws -> String {
    let path = directory.file("model")
    let location = fused.reference.location
    let prefix = directory.path + "/"
    let target =
      location.hasPrefix(prefix)
      ? String(location.dropFirst(prefix.count)) : URL(fileURLWithPath: location).path
    if (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == target { return path }
    let fresh = "\(path).tmp-\(getpid())"
    try? FileManager.default.removeItem(atPath: fresh)
    try FileManager.default.createSymbolicLink(atPath: fresh, withDestinationPath: target)
    guard rename(fresh, path) == 0 else {
      throw Problem(.cannotWrite, at: path, "the link to the model cannot be put in place")
    }
    return path
  }

  private func manifest(recipe text: String) throws -> RunManifest {
    RunManifest(
      name: plan.recipe.name, seed: plan.recipe.seed, recipeSHA256: SHA256.hex(of: text),
      inputs: try plan.inputs(),
      versions: [
        ("crucible", Crucible.configuration.version), ("plugin_api", "\(PluginHeader.api)"),
        ("toolchain", "\(PluginHeader.toolchain)"),
      ],
      machine: Machine.current(threads: ThreadPool.shared.threadCount))
  }
}
