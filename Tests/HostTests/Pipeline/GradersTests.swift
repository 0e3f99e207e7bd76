import Foundation
import PluginAPI
import Testing

@testable import Host

struct GradersTests {
  private func plan(_ evaluate: String) throws -> RunPlan {
    let models = examples.appendingPathComponent("models").path
    let recipe = """
      target: \(models)/target
      sources: [\(models)/words]
      rewards: [{plugin: length, target: 3}]
      data: {train: \(examples.path)/data/train.jsonl}
      fusion: {strategy: sft}
      \(evaluate)
      """
    return try withTemporaryFolder { folder in
      let path = "\(folder)/recipe.yaml"
      try recipe.write(toFile: path, atomically: true, encoding: .utf8)
      let products = SearchFolder(path: productsFolder, holdsOtherLibraries: true)
      return try RunPlan(path: path, registry: PluginRegistry(folders: [products]))
    }
  }

  private let examples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../Examples/quickstart").standardizedFileURL

  @Test func gradersAreTheRewardsUnlessNamed() throws {
    #expect(try plan("").graders.map(\.name) == ["length"])
    let graded = try plan("evaluate: {rewards: [verifiable]}")
    #expect(
      graded.rewards.map(\.name) == ["length"] && graded.graders.map(\.name) == ["verifiable"])
    #expect(try graded.graderRecords().array?.first?["name"]?.string == "verifiable")
  }

  @Test func faultsOfGradersHaveTheirPlace() throws {
    let problems = try #require(throws: Problems.self) {
      try plan("evaluate: {rewards: [{plugin: length, targt: 1}]}")
    }
    #expect(problems.all.count == 1)
    #expect(problems.all[0].description.contains("recipe.yaml:6:39: unknown key 'targt'"))
  }
}
