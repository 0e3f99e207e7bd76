import Foundation
import PluginAPI
import Testing

@testable import Host

/// Models that a folder's crucible_model.yaml makes of others, with recorded answers for models.
struct CompositeModelTests {
  private let registry = PluginRegistry(folders: [
    SearchFolder(path: productsFolder, holdsOtherLibraries: true)
  ])
  private let files = LocalFiles()

  /// A recipe that selects among the answers of three models, two of which agree.
  private func prepare(_ folder: String) throws {
    let answers = ["a": "4", "b": "5", "c": "4"]
    for (name, answer) in answers {
      let rows = ["1 + 3?", "2 + 2?"].map {
        "{\"prompt\": \"\($0)\", \"response\": \"\(answer)\"}\n"
      }
      try files.writeAtomically(rows.joined(), to: "\(folder)/\(name).jsonl")
    }
    let prompts = ["1 + 3?", "2 + 2?"].map { prompt in
      """
      {"prompt": "\(prompt)", "checks": [{"type": "exact", "value": "4"}]}

      """
    }
    try files.writeAtomically(prompts.joined(), to: folder + "/prompts.jsonl")
    try files.writeAtomically(
      """
      target: {adapter: recorded, file: b.jsonl, name: b}
      sources: [{model: a.jsonl, name: a}, c.jsonl]
      rewards: [verifiable]
      data: {train: prompts.jsonl, heldout: prompts.jsonl}
      sampling: {n: 1, temperature: 0}
      fusion: {strategy: select, rewards: [{plugin: consensus, extract: whole}]}

      """, to: folder + "/recipe.yaml")
  }

  private func run(_ folder: String, _ directory: RunDirectory) throws -> RunResults {
    let console = Console(
      settings: TerminalSettings(isInteractive: false, hasColor: false, width: nil),
      write: { _ in })
    return try Run(
      plan: RunPlan(path: folder + "/recipe.yaml", registry: registry), directory: directory,
      storePath: folder + "/store.sqlite", console: console
    ).perform()
  }

  private func answers(_ location: String) throws -> [[String]] {
    let factory = PluginFactory(
      registry: registry,
      context: OptionContext(folder: ".", services: NamedPlugins(registry: registry)))
    let model = try factory.open(ModelReference(location: location, name: "m"))
    let requests = ["1 + 3?", "2 + 2?"].map {
      GenerationRequest(messages: [Message(role: "user", content: $0)], samples: [0], seed: 1)
    }
    return try model.generate(requests, settings: SamplingSettings()) { _, _ in }.map {
      $0.map(\.text)
    }
  }

  @Test func aRunLeavesAModelThatSelects() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      let results = try run(folder, RunDirectory.create(at: folder + "/run"))
      #expect(results.fused == "after select")
      let rows = results.table.rows
      #expect(rows.map(\.label) == ["a", "c.jsonl", "b, before", "after select"])
      #expect(rows.map { $0.skills.first?.mean } == [1, 1, 0, 1])
      #expect(try answers(folder + "/run/model") == [["4"], ["4"]])
      let picks = try JSONLines.read(path: folder + "/run/outputs/selected.jsonl").map(\.value)
      #expect(picks.map { $0["model"]?.string } == ["a", "a"])
      #expect(picks[0]["candidates"]?[2]?["grade"] == 0.0)
      let pairs = try DataSet.read(path: folder + "/run/outputs/preferences.jsonl").rows
      #expect(pairs.map { [$0.chosen, $0.rejected] } == [["4", "5"], ["4", "5"]])
      _ = try run(folder, RunDirectory.resume(at: folder + "/run"))
      #expect(try answers(folder + "/run/model") == [["4"], ["4"]])
    }
  }

  @Test func relativePathsStartFromItsFolder() throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      try files.makeDirectories(folder + "/models/mine")
      try files.writeAtomically(
        """
        adapter: select
        folder: ../..
        models: [a.jsonl, {adapter: recorded, file: b.jsonl, name: b}, c.jsonl]
        rewards: [{plugin: consensus, extract: whole}]

        """, to: folder + "/models/mine/crucible_model.yaml")
      #expect(try answers(folder + "/models/mine") == [["4"], ["4"]])
    }
  }

  @Test(arguments: [
    ("adapter: select\nmodels: [., ../a.jsonl]\n", "made of itself"),
    ("models: [a]\n", "neither 'model' nor 'adapter'"),
    ("model: ../a.jsonl\n", "has no 'adapter'"),
    ("adapter: nobody\n", "no adapter 'nobody'"),
    ("adapter: select\nmodel: x\nrewrads: []\n", "rewrads"),
    ("adapter: select\nmodels: []\n", "no models"),
    ("adapter: [\n", "crucible_model.yaml"),
  ])
  func aFaultyFileSaysWhatIsWrong(text: String, words: String) throws {
    try withTemporaryFolder { folder in
      try prepare(folder)
      try files.makeDirectories(folder + "/m")
      try files.writeAtomically(text, to: folder + "/m/crucible_model.yaml")
      do {
        _ = try answers(folder + "/m")
        Issue.record("opened it")
      } catch {
        #expect("\(error)".contains(words), "\(error)")
      }
    }
  }
}
