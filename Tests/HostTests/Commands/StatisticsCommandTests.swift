import Foundation
import Merging
import TestSupport
import Testing

@testable import Host

/// `crucible model statistics` and `crucible model cocktail`, on the embedded models.
struct StatisticsCommandTests {
  private static let quickstart = repositoryRoot.appendingPathComponent("Examples/quickstart").path
  private let words = quickstart + "/models/words"
  private let data = quickstart + "/data/heldout.jsonl"

  @Test func writesWhatAMergeFinds() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("crucible-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let arguments = [
      words, "--data", data, "--kind", "fisher", "--kind", "gram", "--samples", "4", "--out",
      folder, "--quiet",
    ]
    try StatisticsCommand.parse(arguments).run()
    let statistics = ModelStatistics(folder: folder)
    for (name, tensor) in try LoadedModel.open(words).decoder.checkpointTensors {
      let fisher = try statistics.tensor("fisher", of: name)
      #expect(fisher?.shape == tensor.shape && fisher?.dtype == .f32)
      if name.hasSuffix("_proj.weight") {
        let gram = try statistics.tensor("gram", of: name)
        #expect(gram?.shape == [tensor.width, tensor.width])
      }
    }
    #expect(try statistics.tensor("fisher.norm", of: "x")?.floats().first ?? 0 > 0)
    let path = StatisticKind.fisher.path(in: folder)
    let first = try Data(contentsOf: URL(fileURLWithPath: path))
    try StatisticsCommand.parse(arguments).run()
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first, "same seed, same bytes")
  }

  @Test(arguments: [
    ["--samples", "0"], ["--max-tokens", "1"], ["--kind", "hessian"], ["--memory", "0"],
    ["--labels", "none"],
  ])
  func refuses(arguments: [String]) {
    #expect(throws: (any Error).self) {
      try StatisticsCommand.parse([words, "--data", data] + arguments)
    }
  }

  @Test func refusesWhatItCannotReadOrWrite() throws {
    for arguments in [
      [words, "--data", data, "--out", "/nowhere/at/all"], [words, "--data", "/nowhere.jsonl"],
      [words + "/model.safetensors", "--data", data],
    ] {
      #expect(throws: Problem.self) {
        try StatisticsCommand.parse(arguments + ["--quiet"]).run()
      }
    }
  }

  @Test(arguments: [
    ["a", "--data", "d"], ["a", "b", "--data", "d", "--temperature", "0"],
    ["a", "b", "--data", "d", "--samples", "0"], ["a", "b"],
  ])
  func cocktailRefuses(arguments: [String]) {
    #expect(throws: (any Error).self) { try CocktailCommand.parse(arguments) }
  }
}
