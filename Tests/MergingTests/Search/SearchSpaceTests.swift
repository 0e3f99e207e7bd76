import Foundation
import Testing

@testable import Merging

/// What is searched in a merge config, and what a config becomes.
struct SearchSpaceTests {
  private let text = """
    merge_method: linear
    models:
      - model: a
        parameters:
          weight: {search: [0, 1], start: 0.25}
      - model: b
        parameters:
          weight:
            - {filter: mlp, value: {search: [-1, 1]}}
            - {value: [0, {search: [2, 4]}, 1]}
    parameters:
      t: {search: [0, 1e-3], groups: 3}
      normalize: false
    dtype: bfloat16
    """

  @Test func findsNumbersInTheOrderOfTheFile() throws {
    let space = try SearchSpace(text: text, path: "c.yml")
    #expect(
      space.coordinates.map(\.name) == [
        "models[0].parameters.weight", "models[1].parameters.weight[0].value",
        "models[1].parameters.weight[1].value[1]", "parameters.t[0]", "parameters.t[1]",
        "parameters.t[2]",
      ])
    #expect(space.start == [0.25, 0, 3, 5e-4, 5e-4, 5e-4])
    #expect(space.coordinates[1].bounds == -1...1)
    #expect(space.values(at: space.unit(of: space.start)) == space.start)
    #expect(space.values(at: [0, 0, 0, 0, 0, 0]) == [0, -1, 2, 0, 0, 0])
    #expect(space.values(at: [1, 1, 1, 1, 1, 1]) == [1, 1, 4, 1e-3, 1e-3, 1e-3])
  }

  /// What is put in is a merge config that mergekit reads too: exponents have a point.
  @Test func valuesMakeAPlainConfig() throws {
    let space = try SearchSpace(text: text, path: "c.yml")
    let config = space.config([0.5, -0.125, 3, 1e-5, 2e-5, 0.001])
    #expect(!config.contains("search") && config.contains("1.0e-05"))
    let node = try YAML.parse(config, source: "best.yml")
    let models = try #require(node["models"]?.sequence)
    #expect(models[0]["parameters"]?["weight"]?.double == 0.5)
    let weight = try #require(models[1]["parameters"]?["weight"]?.sequence)
    #expect(weight[0]["value"]?.double == -0.125 && weight[0]["filter"]?.string == "mlp")
    #expect(weight[1]["value"]?.sequence?.map(\.double) == [0, 3, 1])
    #expect(node["parameters"]?["t"]?.sequence?.map(\.double) == [1e-5, 2e-5, 0.001])
    #expect(node["parameters"]?["normalize"]?.bool == false)
    #expect(node["dtype"]?.string == "bfloat16")
    _ = try MergeConfig(text: config, path: "best.yml")
  }

  @Test(arguments: [
    ("weight: 1", 3, "no number is searched"),
    ("weight: {search: [1, 0]}", 5, "[1, 0]"),
    ("weight: {search: [1, 1]}", 5, "ascend"),
    ("weight: {search: [0]}", 5, "[0]"),
    ("weight: {search: [0, x]}", 5, "ascend"),
    ("weight: {search: 3}", 5, "found 3"),
    ("weight: {search: [0, .inf]}", 5, "ascend"),
    ("weight: {search: [0, 1], start: 2}", 5, "0.0...1.0"),
    ("weight: {search: [0, 1], groups: 0}", 5, "1...200"),
    ("weight: {search: [0, 1], groups: 1.5}", 5, "1...200"),
    ("weight: [0, {search: [0, 1], groups: 2}]", 5, "inside a list"),
    ("weight: {search: [0, 1], strat: 2}", 5, "start"),
    ("{w: {search: [0, 1], groups: 150}, t: {search: [0, 1], groups: 51}}", 5, "201"),
  ])
  func faultsHaveAPlace(parameter: String, line: Int, word: String) throws {
    let text = "# c\n\nmerge_method: linear\nparameters:\n  \(parameter)\n"
    let problem = try #require(
      throws: Problems.self, "\(parameter)",
      performing: { try SearchSpace(text: text, path: "c.yml") }
    ).all.first
    #expect(problem?.kind == .badConfiguration)
    #expect(problem?.place?.hasPrefix("c.yml:\(line):") == true, "\(problem?.place ?? "")")
    #expect(problem.map { "\($0)".contains(word) } == true, "\(problem.map { "\($0)" } ?? "")")
  }

  @Test func onlyParametersAreSearched() throws {
    let text = "merge_method: linear\ndtype: {search: [0, 1]}\nparameters: {t: {search: [0, 1]}}\n"
    let problems = try #require(throws: Problems.self) {
      try SearchSpace(text: text, path: "c.yml")
    }
    #expect(problems.all.map(\.place) == ["c.yml:2:8"])
    #expect("\(problems)".contains("'dtype' is no parameter"))
  }

  @Test func severalDocumentsAreRefused() {
    #expect(throws: Problems.self) {
      try SearchSpace(text: "a: 1\n---\nparameters: {t: {search: [0, 1]}}\n", path: "c.yml")
    }
  }

  /// A config that is put elsewhere still finds the models that lie beside the searched one.
  @Test func modelsBesideTheConfigGetFullPaths() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("search-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: "\(folder)/near", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = """
      merge_method: near
      base_model: {model: {path: near}}
      models: [{model: near+far, parameters: {weight: {search: [0, 1]}}}, {model: org/far}]
      """
    let space = try SearchSpace(text: text, path: "\(folder)/c.yml")
    let node = try YAML.parse(space.config([0.5]), source: "best.yml")
    let near = URL(fileURLWithPath: "\(folder)/near").resolvingSymlinksInPath().path
    #expect(node["merge_method"]?.string == "near", "no key of a model")
    #expect(node["base_model"]?["model"]?["path"]?.string == near)
    #expect(node["models"]?.sequence?.map { $0["model"]?.string } == ["\(near)+far", "org/far"])
  }
}
