import Foundation
import Formats
import PluginAPI
import TestSupport
import Testing

@testable import Interpolation

/// Whole small models that mergekit 0.1.5 merged, tensor by tensor.
@Suite(.enabled(if: shared("goldens/merge/cases") != nil))
struct GoldenTests {
  @Test(arguments: ["linear_normalized", "linear_bf16"])
  func linearMatches(name: String) throws { try check(LinearMerge.self, name) }

  @Test(arguments: ["slerp_edge", "slerp_bf16"])
  func slerpMatches(name: String) throws { try check(SlerpMerge.self, name) }

  @Test(arguments: ["nuslerp_flat", "nuslerp_base_rowwise", "nuslerp_lastdim_edge"])
  func nuslerpMatches(name: String) throws { try check(NuslerpMerge.self, name) }

  @Test(arguments: ["multislerp_three", "multislerp_base_unnormalized", "multislerp_edge"])
  func multislerpMatches(name: String) throws { try check(MultislerpMerge.self, name) }

  @Test(arguments: ["karcher_three", "karcher_edge_iter"])
  func karcherMatches(name: String) throws { try check(KarcherMerge.self, name) }

  @Test(arguments: ["model_stock_tensor", "model_stock_filter"])
  func modelStockMatches(name: String) throws { try check(ModelStockMerge.self, name) }

  @Test func nearswapMatches() throws { try check(NearswapMerge.self, "nearswap_small_t") }

  @Test(arguments: ["arcee_fusion_dense", "arcee_fusion_edge"])
  func arceeFusionMatches(name: String) throws { try check(ArceeFusionMerge.self, name) }

  private func check<Rule: MergeMethod>(_ type: Rule.Type, _ name: String) throws {
    let golden = try GoldenCase(name)
    let rule = try Rule(golden.options(Rule.Options.self))
    #expect(golden.expected.names.count == golden.tensorCount)
    for tensor in golden.expected.names {
      let base = try golden.base(of: tensor, isIgnored: Rule.contract.base == .ignored)
      let inputs = try golden.inputs(
        of: tensor, Rule.Input.self, withBase: Rule.contract.base == .ignored)
      let result = try merged(rule, base: base, inputs: inputs, name: tensor)
      let wanted = try golden.expected.tensor(tensor).converted(to: .f32).floats()
      try golden.compare(
        result, wanted, tensor, base: base?.floats() ?? [], other: inputs[0].tensor.floats())
    }
  }
}

/// A merge of one slice with what mergekit made of it.
private struct GoldenCase {
  let expected: ShardedTensors
  var tensorCount: Int { description["tensors"]?.int ?? 0 }
  private let description: JSON
  private let config: YAMLNode
  private let sources: [Source]
  private let baseName: String?

  private struct Source {
    let model: String
    let tensors: ShardedTensors
    /// Its layer that becomes layer 0.
    let firstLayer: Int
    let parameters: YAMLNode?
  }

  init(_ name: String) throws {
    let home = try #require(shared("goldens/merge"))
    let folder = home.appendingPathComponent("cases/\(name)")
    expected = try ShardedTensors(directory: folder.appendingPathComponent("expected").path)
    description = try JSON.parse(file: folder.appendingPathComponent("case.json").path)
    config = try YAML.parse(file: folder.appendingPathComponent("config.yml").path)
    let list = config["slices"]?.sequence?.first?["sources"] ?? config["models"]
    sources = try #require(list?.sequence).map { node in
      let model = try #require(node["model"]?.string)
      return Source(
        model: model,
        tensors: try ShardedTensors(directory: home.appendingPathComponent(model).path),
        firstLayer: node["layer_range"]?.sequence?.first?.int ?? 0,
        parameters: node["parameters"])
    }
    baseName = config["base_model"]?.string
  }

  func options<Options: PluginOptions>(_ type: Options.Type) throws -> Options {
    try read(type, config["parameters"])
  }

  func base(of tensor: String, isIgnored: Bool) throws -> Tensor? {
    guard !isIgnored else { return nil }
    return try sources.first { $0.model == baseName }.map { try values(tensor, $0) }
  }

  func inputs<Input: PluginOptions>(
    of tensor: String, _ type: Input.Type, withBase: Bool
  ) throws -> [(tensor: Tensor, parameters: Input)] {
    try sources.filter { withBase || $0.model != baseName }.map { source in
      (try values(tensor, source), try read(type, source.parameters))
    }
  }

  private func read<Options: PluginOptions>(
    _ type: Options.Type, _ node: YAMLNode?
  ) throws -> Options {
    var problems: [Problem] = []
    let options = OptionReader.read(type, from: node, into: &problems, OptionContext(folder: ""))
    #expect(problems.isEmpty, "\(problems)")
    return options
  }

  /// The source's tensor in a place of the result; a tied head is the embedding.
  private func values(_ tensor: String, _ source: Source) throws -> Tensor {
    var parts = tensor.split(separator: ".").map(String.init)
    if parts.count > 2, parts[1] == "layers", let layer = Int(parts[2]) {
      parts[2] = "\(layer + source.firstLayer)"
    }
    var name = parts.joined(separator: ".")
    if name == "lm_head.weight", source.tensors.entry(name) == nil {
      name = "model.embed_tokens.weight"
    }
    return try source.tensors.tensor(name).converted(to: .f32)
  }

  func compare(
    _ result: [Float], _ wanted: [Float], _ tensor: String, base: [Float], other: [Float]
  ) throws {
    let tolerance = try #require(description["tolerance"])
    if tolerance["rule"]?.string == "mask" {
      let allowed = try #require(tolerance["allowed_flips_per_tensor"]?[tensor]?.int)
      expectChoices(result, wanted, tensor, of: [base, other], allowed: allowed)
      return
    }
    let relative = try #require(tolerance["rtol"]?.double)
    let absolute = try #require(tolerance["atol"]?[tensor]?.double)
    #expect(result.count == wanted.count)
    for (index, (value, other)) in zip(result, wanted).enumerated() {
      let distance = abs(Double(value) - Double(other))
      if distance <= relative * abs(Double(other)) + absolute { continue }
      Issue.record("\(tensor)[\(index)]: \(value), wanted \(other)")
      return
    }
  }

  /// Each element is that of one of the models, rarely another than expected.
  private func expectChoices(
    _ result: [Float], _ wanted: [Float], _ tensor: String, of models: [[Float]], allowed: Int
  ) {
    var flips = 0
    for (index, value) in result.enumerated() {
      let isChoice = models.contains { abs($0[index] - value) <= 1e-6 }
      if !isChoice {
        Issue.record("\(tensor)[\(index)]: \(value) is of neither model")
        return
      }
      flips += abs(value - wanted[index]) > 1e-6 ? 1 : 0
    }
    #expect(flips <= allowed, "\(tensor)")
  }
}
