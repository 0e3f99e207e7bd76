import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

/// Real mergekit's outputs on small models, tensor by tensor, for merges of one slice.
@Suite(.enabled(if: shared("goldens/merge/cases") != nil)) struct GoldenMergeTests {
  @Test(arguments: [
    "task_arithmetic_lambda", "ties_default", "ties_rescale_nonorm", "ties_edge",
    "breadcrumbs_plain", "breadcrumbs_ties_rescale", "sce_all", "sce_edge", "sce_topk",
    "ram_default", "ramplus_tl_params",
  ])
  func matchesMergekit(name: String) throws {
    let golden = try GoldenMerge(name)
    let method = try #require(everyMethod.first { $0.name == golden.method })
    try golden.check(method)
  }
}

/// One folder of goldens/merge/cases.
private struct GoldenMerge {
  let name: String
  let method: String
  private let home: URL
  private let config: YAMLNode
  private let tolerance: JSON
  private let expected: ShardedTensors

  init(_ name: String) throws {
    self.name = name
    home = try #require(shared("goldens/merge"))
    let folder = home.appendingPathComponent("cases/\(name)")
    config = try YAML.parse(file: folder.appendingPathComponent("config.yml").path)
    let facts = try JSON.parse(
      [UInt8](Data(contentsOf: folder.appendingPathComponent("case.json"))), source: name)
    method = try #require(facts["merge_method"]?.string)
    tolerance = try #require(facts["tolerance"])
    #expect(tolerance["rule"]?.string == "rtol_plus_atol")
    expected = try ShardedTensors(directory: folder.appendingPathComponent("expected").path)
  }

  func check<Rule: MergeMethod>(_ type: Rule.Type) throws {
    let rule = try Rule(options(config["parameters"]))
    let slice = try #require(config["slices"]?.sequence?.first)
    let sources = try #require(slice["sources"]?.sequence).map { try source(Rule.Input.self, $0) }
    let base = try #require(sources.first { $0.model == config["base_model"]?.string })
    let others = sources.filter { $0.model != base.model }
    #expect(!others.isEmpty && !expected.names.isEmpty)
    for tensorName in expected.names {
      let result = try merged(
        rule, base: base.tensor(tensorName),
        inputs: others.map { (try $0.tensor(tensorName), $0.parameters) }, name: tensorName)
      try compare(result, tensorName)
    }
  }

  private func compare(_ result: [Float], _ tensorName: String) throws {
    let wanted = try expected.tensor(tensorName).floats()
    let rtol = try #require(tolerance["rtol"]?.double)
    let atol = try #require(tolerance["atol"]?[tensorName]?.double)
    #expect(result.count == wanted.count)
    let excess = zip(result, wanted).map { value, wanted in
      abs(Double(value) - Double(wanted)) - rtol * abs(Double(wanted)) - atol
    }
    let worst = excess.max() ?? 0
    #expect(worst <= 0, "\(name) \(tensorName): \(excess.filter { $0 > 0 }.count) off")
    #expect(!excess.contains { $0.isNaN }, "\(name) \(tensorName)")
  }

  private func options<Options: PluginOptions>(_ node: YAMLNode?) throws -> Options {
    var problems: [Problem] = []
    let options = OptionReader.read(
      Options.self, from: node, into: &problems, OptionContext(folder: ""))
    if !problems.isEmpty { throw Problems(problems) }
    return options
  }

  private func source<Input: PluginOptions>(
    _ type: Input.Type, _ node: YAMLNode
  ) throws -> GoldenSource<Input> {
    let model = try #require(node["model"]?.string)
    return GoldenSource(
      model: model, parameters: try options(node["parameters"]),
      tensors: try ShardedTensors(directory: home.appendingPathComponent(model).path),
      layer: try #require(node["layer_range"]?.sequence?.first?.int))
  }
}

/// A model of a slice of one layer.
private struct GoldenSource<Input: PluginOptions> {
  let model: String
  let parameters: Input
  let tensors: ShardedTensors
  /// What becomes layer 0.
  let layer: Int

  func tensor(_ name: String) throws -> Tensor {
    try tensors.tensor(name.replacingOccurrences(of: "layers.0.", with: "layers.\(layer)."))
  }
}
