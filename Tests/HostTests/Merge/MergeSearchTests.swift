import Foundation
import Merging
import TestSupport
import Testing

@testable import Host

/// A small search through merging, answering and scoring.
struct MergeSearchTests {
  /// `good` is the quickstart's target but for noise that no answer shows; `bad` is too noisy to
  /// answer. `bad` + weight · (`good` − `bad`) gives `good` back.
  private static let config = """
    merge_method: task_arithmetic
    base_model: bad
    models:
      - model: good
        parameters:
          weight: {search: [0, 1.2], start: 0.1}
    dtype: bfloat16
    """

  private func inModelFolder(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder { folder in
      try noisyTarget("\(folder)/good", noise: 1e-5, seed: 1)
      try noisyTarget("\(folder)/bad", noise: 0.2, seed: 2)
      try Self.config.write(
        toFile: "\(folder)/search.yml", atomically: true, encoding: .utf8)
      try body(folder)
    }
  }

  /// The quickstart's target with normal noise on its matrices.
  private func noisyTarget(_ folder: String, noise: Double, seed: UInt64) throws {
    let target = repositoryRoot.appendingPathComponent("Examples/quickstart/models/target").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: target)
    where name != "model.safetensors" {
      try FileManager.default.copyItem(
        atPath: "\(target)/\(name)", toPath: "\(folder)/\(name)")
    }
    let stored = try ShardedTensors(directory: target)
    let tensors = try stored.names.enumerated().map { index, name in
      let tensor = try stored.tensor(name)
      let rng = CounterRNG(seed: seed).substream(UInt64(index))
      let values = dequantised(tensor).floats().enumerated().map {
        $1 + Float(tensor.shape.count == 2 ? noise * rng.normal(UInt64($0)) : 0)
      }
      return (name: name, tensor: Tensor(values, shape: tensor.shape).converted(to: tensor.dtype))
    }
    try SafetensorsWriter.write(tensors, to: "\(folder)/model.safetensors")
  }

  private let registry = PluginRegistry(folders: [
    SearchFolder(path: productsFolder, holdsOtherLibraries: true)
  ])

  private func scorer() throws -> CandidateScorer {
    let data = repositoryRoot.appendingPathComponent("Examples/quickstart/data/heldout.jsonl").path
    return CandidateScorer(
      prompts: Array(try PromptFile.prompts(path: data).prefix(16)),
      rewards: [try makeReward("verifiable", options: [])], fewShot: [], samples: 1,
      settings: SamplingSettings(temperature: 0, maxTokens: 16), seed: 42)
  }

  private func run(
    _ folder: String, out: String, evaluations: Int, resuming: Bool = false
  ) throws -> SearchCurve {
    let space = try SearchSpace(path: "\(folder)/search.yml")
    let run = MergeSearchRun(
      search: MergeSearch(
        space, method: .cmaES, evaluations: evaluations, seed: 42, sigma: 0.3),
      merger: CandidateMerger(space, methods: registry.mergeMethods), scorer: try scorer(),
      output: try MergeSearchOutput(
        folder: out, space: space, header: ["seed": 42], resuming: resuming),
      console: Console(settings: .standardError, write: { _ in }))
    return try run.run()
  }

  /// The best config found is a plain one, and merging it gives the model that was scored.
  @Test func recoversTheBetterModel() throws {
    try inModelFolder { folder in
      let out = "\(folder)/out"
      let curve = try run(folder, out: out, evaluations: 14)
      let best = try #require(curve.best)
      let (start, score) = (try #require(curve.evaluations[0].score), try #require(best.score))
      #expect(score > start + 0.05, "\(start) to \(score)")
      #expect(best.values[0] > 0.5)

      let config = try MergeConfig(path: "\(out)/best.yml")
      #expect(!config.text.contains("search"))
      try Merge(config, methods: registry.mergeMethods).run(to: "\(folder)/merged")
      let merged = try LoadedModel.open("\(folder)/merged")
      let space = try SearchSpace(path: "\(folder)/search.yml")
      let candidate = try CandidateMerger(space, methods: registry.mergeMethods)
        .model(best.values, name: "candidate")
      #expect(merged.identity == candidate.identity, "weights, config and tokenizer are the same")
      #expect(try scorer().score(merged) == score)
      try expectFiles(out, curve)
    }
  }

  private func expectFiles(_ out: String, _ curve: SearchCurve) throws {
    let count = curve.evaluations.count
    let csv = try String(contentsOfFile: "\(out)/curve.csv", encoding: .utf8)
      .components(separatedBy: "\r\n")
    #expect(csv.count == count + 2)
    #expect(csv[0] == "evaluation,score,best,models[0].parameters.weight")
    #expect(csv[1].hasPrefix("1,") && csv[1].hasSuffix(",0.1"))
    let journal = try JSONLines.read(path: "\(out)/search.jsonl")
    #expect(journal.count == count + 1)
    #expect(journal[1].value["values"]?[0]?.double == 0.1)
  }

  @Test func goesOnAfterAnInterruption() throws {
    try inModelFolder { folder in
      let whole = try run(folder, out: "\(folder)/whole", evaluations: 8)
      let part = try run(folder, out: "\(folder)/part", evaluations: 3)
      #expect(part.evaluations == Array(whole.evaluations.prefix(3)))
      #expect(throws: Problem.self) { try run(folder, out: "\(folder)/part", evaluations: 8) }
      let resumed = try run(folder, out: "\(folder)/part", evaluations: 8, resuming: true)
      #expect(resumed == whole)
      for name in ["best.yml", "curve.csv", "search.jsonl"] {
        #expect(
          try readText("\(folder)/part/\(name)") == readText("\(folder)/whole/\(name)"), "\(name)")
      }
    }
  }

  /// A start that cannot be merged is an error with its place in the searched file.
  @Test func planningFaultsHavePlacesOfTheSearchedFile() throws {
    try inModelFolder { folder in
      let path = "\(folder)/wrong.yml"
      let text = Self.config + "\nparameters:\n  wieght: 1\n"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      let space = try SearchSpace(path: path)
      let merger = CandidateMerger(space, methods: registry.mergeMethods)
      let problems = try #require(throws: Problems.self) { try merger.warnings(space.start) }
      #expect(problems.all.first?.place == "\(path):9:3")
    }
  }

  @Test func readsItsOptions() throws {
    let command = try MergeSearchCommand.parse([
      "c.yml", "--data", "d.jsonl", "--reward", "a", "--reward", "b", "--method", "random",
      "--evaluations", "7", "--seed", "9", "--sigma", "0.5", "--out", "o", "--resume",
      "--max-tokens", "32",
    ])
    #expect(command.method == .random && command.evaluations == 7 && command.sigma == 0.5)
    #expect(command.answering.seed == 9 && command.answering.maxTokens == 32 && command.resume)
    #expect(try MergeSearchCommand.parse(["c.yml", "--data", "d"]).evaluations == 100)
  }

  @Test(arguments: [
    ["c.yml"], ["c.yml", "--data", "d", "--resume"], ["c.yml", "--data", "d", "--sigma", "0"],
    ["c.yml", "--data", "d", "--evaluations", "0"], ["c.yml", "--data", "d", "--method", "grid"],
  ])
  func refuses(arguments: [String]) {
    #expect(throws: (any Error).self) { try MergeSearchCommand.parse(arguments) }
  }

  @Test(arguments: [
    ("a/b-1.yml", "a/b-1.yml"), ("a b", "'a b'"), ("it's", "'it'\\''s'"), ("", "''"),
    ("{plugin: x}", "'{plugin: x}'"),
  ])
  func wordsOfAShell(text: String, word: String) {
    #expect(shellWord(text) == word)
  }
}
