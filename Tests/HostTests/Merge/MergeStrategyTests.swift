import Foundation
import Merging
import PluginAPI
import TestSupport
import Testing

@testable import Host

/// Merging as one more strategy of a recipe.
@Suite struct MergeStrategyTests {
  private static func registry() -> PluginRegistry {
    PluginRegistry(folders: [SearchFolder(path: productsFolder, holdsOtherLibraries: true)])
  }

  private static let silent = Console(
    settings: TerminalSettings(isInteractive: false, hasColor: false, width: nil),
    write: { _ in })

  /// A folder with the example target and two models like it, `a` and `b`.
  private func withModels<Result>(_ body: (String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let target = try ExampleModels.open("target")
      for (name, factor) in [("target", Float(1)), ("a", 1.25), ("b", 0.5)] {
        let model = target.mappingWeights { _, values in values.map { $0 * factor } }
        try FileManager.default.createDirectory(
          atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
        try model.save(to: "\(folder)/\(name)", dtype: .bf16)
      }
      return try body(folder)
    }
  }

  private func write(_ fusion: String, in folder: String, more: String = "") throws -> String {
    let text = """
      target: target
      sources: [a, b]
      train: {dtype: bf16}
      fusion: \(fusion)
      \(more)
      """
    try LocalFiles().writeAtomically(text, to: "\(folder)/recipe.yaml")
    return "\(folder)/recipe.yaml"
  }

  @discardableResult
  private func run(_ fusion: String, in folder: String, to out: String) throws -> String {
    let plan = try RunPlan(path: write(fusion, in: folder), registry: Self.registry())
    let path = "\(folder)/\(out)"
    let isThere = LocalFiles.exists(path)
    let directory = try isThere ? RunDirectory.resume(at: path) : RunDirectory.create(at: path)
    let results = try Run(
      plan: plan, directory: directory, storePath: "\(folder)/store.sqlite",
      console: Self.silent
    ).perform()
    #expect(results.costs.trainedTokens == 0 && results.costs.sampledTokens == 0)
    return results.modelPath
  }

  private func weights(_ folder: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: "\(folder)/model.safetensors"))
  }

  /// The same documents by hand, as `crucible merge --random-seed 42` carries them out.
  @Test(arguments: [
    (
      "{strategy: merge}",
      """
      merge_method: linear
      models: [{model: target}, {model: a}, {model: b}]
      parameters: {weight: 0.3333333333333333}
      """
    ),
    (
      "{strategy: linear, weights: [0, 1, 3], normalize: false}",
      """
      merge_method: linear
      models:
      - {model: target, parameters: {weight: 0}}
      - {model: a, parameters: {weight: 1}}
      - {model: b, parameters: {weight: 3}}
      parameters: {normalize: false}
      """
    ),
    (
      "{strategy: merge, method: ties, densities: 0.5, weights: 0.3, parameters: {lambda: 0.9}}",
      """
      merge_method: ties
      base_model: target
      models: [{model: a}, {model: b}]
      parameters: {density: 0.5, weight: 0.3, lambda: 0.9}
      """
    ),
    (
      "{strategy: dare_ties, density: [0.5, 0.9], lambda: 0.9}",
      """
      merge_method: dare_ties
      base_model: target
      models: [{model: a}, {model: b}]
      parameters: {density: [0.5, 0.9], weight: 1.0, lambda: 0.9}
      """
    ),
  ])
  func writesWhatAMergeWrites(fusion: String, config: String) throws {
    try withModels { folder in
      let model = try run(fusion, in: folder, to: "run")
      var settings = Merge.Settings()
      settings.seed = 42
      try Merge(
        MergeConfig(text: config + "\nout_dtype: bfloat16\n", path: "\(folder)/config.yml"),
        methods: Self.registry().mergeMethods
      ).run(to: "\(folder)/merged", settings: settings)
      #expect(try weights(model) == weights("\(folder)/merged"))
      #expect(try weights(model) != weights("\(folder)/target"))
      #expect(
        try JSON.parse(file: "\(model)/config.json")
          == JSON.parse(file: "\(folder)/merged/config.json"))
      #expect(!LocalFiles.exists("\(folder)/run/checkpoints/merge.parts"))
      // What it has written can be opened and named.
      _ = try LoadedModel.open(model)
      let card = try String(contentsOfFile: "\(model)/README.md", encoding: .utf8)
      #expect(card.contains("# merge\n"))
    }
  }

  @Test func theMethodIsAStrategyOfItsOwnName() throws {
    try withModels { folder in
      let long = try run(
        "{strategy: merge, method: ties, densities: 0.5, parameters: {lambda: 0.9}}", in: folder,
        to: "long")
      let short = try run(
        "{strategy: ties, density: 0.5, lambda: 0.9, beta: 0.1}", in: folder, to: "short")
      #expect(try weights(long) == weights(short))
      let results = try JSON.parse(file: "\(folder)/short/results.json")
      #expect(results["strategy"]?.string == "ties")
    }
  }

  @Test func carriesOutWholeConfigs() throws {
    try withModels { folder in
      try LocalFiles().writeAtomically(
        "merge_method: slerp\nbase_model: a\nmodels: [{model: b}]\nparameters: {t: 0.25}\n",
        to: "\(folder)/whole.yml")
      let model = try run("{strategy: merge, config: whole.yml}", in: folder, to: "run")
      let manifest = try JSON.parse(file: "\(folder)/run/manifest.json").serialized()
      #expect(manifest.contains("whole.yml"))
      #expect(try String(contentsOfFile: "\(model)/README.md", encoding: .utf8).contains("slerp"))
    }
  }

  @Test func resumedRunsTakeTheFinishedStage() throws {
    try withModels { folder in
      let fusion = "{strategy: ties, density: 0.5}"
      let model = try run(fusion, in: folder, to: "run")
      let path = "\(model)/model.safetensors"
      let before = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
      try run(fusion, in: folder, to: "run")
      let after = try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber]
      #expect(before as? Int == after as? Int)
      // Changed behind the run's back, it is no longer the stage that was finished.
      try LocalFiles().writeAtomically("", to: path)
      #expect(throws: Problem.self) { try run(fusion, in: folder, to: "run") }
    }
  }

  @Test func goesOnAfterAKillBetweenMergeAndPublishing() throws {
    try withModels { folder in
      let fusion = "{strategy: ties, density: 0.5}"
      let model = try run(fusion, in: folder, to: "run")
      let wanted = try weights(model)
      let checkpoints = "\(folder)/run/checkpoints"
      try FileManager.default.createDirectory(
        atPath: "\(checkpoints)/merge.parts", withIntermediateDirectories: true)
      try FileManager.default.moveItem(
        atPath: "\(checkpoints)/merge", toPath: "\(checkpoints)/merge.parts/merge")
      let state = "\(folder)/run/\(RunJournal.fileName)"
      let fresh = RunJournal().json.serialized(pretty: true)
      try LocalFiles().writeAtomically(fresh, to: state)
      #expect(try weights(run(fusion, in: folder, to: "run")) == wanted)
    }
  }

  // MARK: - Faults

  private func faults(_ fusion: String, more: String = "") throws -> [Problem] {
    try withModels { folder in
      do {
        _ = try RunPlan(
          path: write(fusion, in: folder, more: more), registry: Self.registry())
        return []
      } catch let several as Problems {
        return several.all
      }
    }
  }

  @Test(arguments: [
    "{strategy: merge}", "{strategy: merge, method: widen}", "{strategy: karcher}",
    "{strategy: sce, select_topk: 0.5, alpha: 0.5, sft: {epochs: 2}}",
    "{strategy: linear, weights: [1, 2, 3], tokenizer: union}",
    "{strategy: ties, base: target, density: [{filter: mlp, value: 0.3}, {value: 0.5}]}",
  ])
  func plansWithoutPromptsAndRewards(fusion: String) throws {
    #expect(try faults(fusion).isEmpty)
  }

  @Test(
    arguments: [
      ("{strategy: tiess}", "did you mean 'ties'?", ":4:20"),
      ("{strategy: merge, method: tiess}", "did you mean 'ties'?", ":4:35"),
      ("{strategy: ties, densty: 0.5}", "did you mean 'density'?", ":4:26"),
      ("{strategy: merge, method: ties, parameters: {densty: 1}}", "densty", ":4:54"),
      ("{strategy: ties, density: many}", "many", ":4:35"),
      ("{strategy: linear, weights: [1, 2]}", "'target', 'a', 'b'", ":4:37"),
      ("{strategy: slerp, t: 0.5}", "slerp has 2 models to merge", ":4:20"),
      ("{strategy: slerp}", "slerp", ":4:20"),
      ("{strategy: ties, base: gone}", "gone", nil),
      ("{strategy: merge, config: gone.yml}", "gone.yml", nil),
    ] as [(String, String, String?)])
  func refusesBeforeAnythingIsRun(fusion: String, text: String, place: String?) throws {
    let found = try faults(fusion)
    #expect(found.contains { $0.description.contains(text) }, "\(found)")
    if let place {
      #expect(found.contains { $0.place?.hasSuffix(place) == true }, "\(found)")
    }
  }

  @Test func tellsWhichModelsCanBeMerged() throws {
    let models = repositoryRoot.appendingPathComponent("Examples/quickstart/models").path
    try withModels { folder in
      let recipe = """
        target: target
        sources: [a, \(models)/words, \(models)/numbers, \(models)/forms]
        fusion: {strategy: ties}
        """
      try LocalFiles().writeAtomically(recipe, to: "\(folder)/recipe.yaml")
      do {
        _ = try RunPlan(path: "\(folder)/recipe.yaml", registry: Self.registry())
        Issue.record("models of other architectures were taken")
      } catch let several as Problems {
        #expect(several.all.count == 3 && several.all.allSatisfy { $0.place != nil })
        let text = several.description
        #expect(text.contains("'words' cannot be merged with the target 'target'"), "\(text)")
        #expect(text.contains("its model_type is qwen2, the target's is llama"), "\(text)")
        #expect(text.contains("only 'a' can be merged"), "\(text)")
      }
    }
  }

  @Test(arguments: ["dare_ties", "linear", "slerp", "task_arithmetic", "ties", "widen"])
  func mergingTheExamplesBeatsTheirTarget(name: String) throws {
    try withTemporaryFolder { folder in
      let recipe = repositoryRoot.appendingPathComponent("Examples/merging/\(name).yaml").path
      let plan = try RunPlan(path: recipe, registry: Self.registry())
      #expect(plan.unusedKeys.isEmpty)
      let results = try Run(
        plan: plan, directory: RunDirectory.create(at: "\(folder)/run"),
        storePath: "\(folder)/store.sqlite", console: Self.silent
      ).perform()
      let rows = results.json["rows"]?.array ?? []
      let scores = rows.compactMap { $0["mean"]?.double }
      // Two sources, the target, the result.
      #expect(scores.count == 4 && scores[3] > scores[2] + 0.2, "\(rows)")
      #expect(try FinishedRun(path: "\(folder)/run").missing.isEmpty)
    }
  }

  @Test func theSchemaKnowsEveryMethod() {
    let text = RecipeSchema(registry: Self.registry()).json.serialized()
    for name in ["wrpo", "merge", "ties", "linear", "widen"] {
      #expect(text.contains("\"strategy\":{\"const\":\"\(name)\"}"), "\(name)")
    }
  }
}
