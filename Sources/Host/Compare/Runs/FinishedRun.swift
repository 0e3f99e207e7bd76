import Formats
import Kernels
import PluginAPI

/// A finished run, as comparison sees it: the files of its folder, read and checked.
struct FinishedRun: Sendable {
  let path: String
  /// Of the recipe.
  let name: String
  /// `fusion.strategy` of the recipe.
  let strategy: String
  let seed: UInt64
  let manifest: RunManifest
  let results: JSON
  /// The recipe as resolved.
  let recipe: YAMLNode
  /// Labels of the rows of the fused model and of the target before.
  let fusedLabel: String
  let baselineLabel: String?
  let records: HeldoutRecords?
  let costs: CostSheet?
  let curves: MetricCurves?
  let alignment: [AlignedText]
  /// What is not there, a line each.
  let missing: [String]

  /// Reads the folder at `path`.
  ///
  /// - Throws: missing input where no run is, bad data for a damaged file, and failed for a run
  ///   that has not finished.
  init(path: String) throws {
    self.path = path
    try Self.checkFinished(path)
    let manifestPath = FilePath.join(path, RunManifest.fileName)
    manifest = try RunManifest(try Self.json(manifestPath), source: manifestPath)
    results = try Self.json(FilePath.join(path, ResultsTable.fileName))
    let document = YAML.read(file: FilePath.join(path, RunDirectory.recipeName))
    guard let recipe = document.node else { throw Problems(document.problems) }
    self.recipe = recipe
    name = results["name"]?.string ?? manifest.name
    strategy = results["strategy"]?.string ?? recipe["fusion"]?["strategy"]?.string ?? "fusion"
    seed = manifest.seed
    let labels = (results["rows"]?.array ?? []).compactMap { $0["model"]?.string }
    // Runs of before there was `fused` end with the fused model.
    let last = results["fused"] == nil ? labels.last : results["fused"]?.string
    guard let fused = last else {
      throw Problem(
        .badData, at: FilePath.join(path, ResultsTable.fileName),
        "the run did not evaluate the model it made",
        hint: "name held-out prompts and rewards in the recipe, and run it again; a reward model "
          + "has its numbers in outputs/reward-metrics.jsonl")
    }
    fusedLabel = fused
    baselineLabel = results["baseline"]?.string
    records = try HeldoutRecords(run: path, labels: [fused] + (baselineLabel.map { [$0] } ?? []))
    for label in [fused] + (baselineLabel.map { [$0] } ?? []) {
      try records?.check(label, against: Self.total(of: label, in: results), run: path)
    }
    costs = try CostSheet(run: path)
    curves = try MetricCurves(run: path)
    alignment = try AlignedText.read(run: path)
    let trains = costs?[.trainedTokens] != 0
    missing = [
      records == nil ? "\(HeldoutRecords.fileName) (no intervals, no win rates, no answers)" : nil,
      costs == nil ? "\(CostSheet.fileName) (no costs)" : nil,
      curves == nil && trains ? "\(MetricsWriter.fileName) (no training curves)" : nil,
    ].compactMap { $0 }
  }

  /// Whether there is a run in the folder at `path`, finished or not.
  static func isRun(_ path: String) -> Bool {
    LocalFiles.exists(FilePath.join(path, RunJournal.fileName))
  }

  static func checkFinished(_ path: String) throws(Problem) {
    guard isRun(path) else {
      throw Problem(
        .missingInput, at: path, "there is no run here",
        expected: "the folder of a run, such as runs/quickstart-wrpo-1, or a recipe")
    }
    let state = FilePath.join(path, RunJournal.fileName)
    guard try RunJournal(try json(state), source: state).isFinished else {
      throw Problem(
        .failed, at: path, "the run has not finished",
        hint: "go on with: crucible run RECIPE --resume --out \(path)")
    }
  }

  static func json(_ path: String) throws(Problem) -> JSON {
    guard let bytes = try LocalFiles.read(path) else {
      throw Problem(.missingInput, at: path, "the file is gone: the run is not whole")
    }
    return try JSON.parse(bytes, source: path)
  }
}

extension FinishedRun {
  /// Mean and number of scores in the row `label` of `results.json`.
  private static func total(of label: String, in results: JSON) -> (mean: Double, count: Int)? {
    let row = results["rows"]?.array?.first { $0["model"]?.string == label }
    guard let mean = row?["mean"]?.double, let count = row?["n"]?.int else { return nil }
    return (mean, count)
  }

  /// Means of the row `label` of `results.json`, as (skill, mean, prompts); empty without it.
  func means(of label: String) -> [(skill: String, mean: Double, count: Int)] {
    let row = results["rows"]?.array?.first { $0["model"]?.string == label }
    return (row?["skills"]?.object?.entries ?? []).compactMap { name, skill in
      guard let mean = skill["mean"]?.double, let count = skill["n"]?.int else { return nil }
      return (name, mean, count)
    }
  }

  /// Bits a byte of the recipe's text in the row `label`; nil where none was measured.
  func bitsPerByte(of label: String) -> Double? {
    results["rows"]?.array?.first { $0["model"]?.string == label }?["bits_per_byte"]?.double
  }

  /// What seeds of one recipe have in common: the recipe but for its seed, and what goes into it.
  var kind: String {
    let inputs = manifest.inputs.map { "\($0.role) \($0.sha256)" }.joined(separator: "\n")
    return recipe.dropping(["seed"]).serialized() + inputs
  }
}
