import PluginAPI
import TestSupport
import Testing

@testable import Merge

/// What the strategy asks of its job.
@Suite struct MergeStrategyTests {
  private func configuration(
    _ text: String, sources: [String] = ["a", "b"]
  ) throws -> YAMLNode {
    let job = FakeJob(sources: sources, prompts: 0)
    job.mergeMethods = [Average.self, Arc.self, Shift.self]
    job.training.dtype = .bf16
    var problems: [Problem] = []
    let options = OptionReader.read(
      MergeStrategy.Options.self, from: try YAML.parse(text, source: "recipe.yaml"),
      into: &problems, OptionContext(folder: "folder"))
    guard problems.isEmpty else { throw Problems(problems) }
    let model = try MergeStrategy(options).fuse(job)
    #expect(model.name == "merge" && job.merged.count == 1 && job.merged[0].stage == "merge")
    switch job.merged[0].configuration {
    case .document(let node): return node
    case .file(let path): return try YAML.parse("{file: \(path)}", source: "")
    }
  }

  private func models(_ node: YAMLNode) -> [String?] {
    (node["models"]?.sequence ?? []).map { $0["model"]?.string }
  }

  @Test func averagesEverythingWithoutABase() throws {
    let node = try configuration("{}")
    #expect(node["merge_method"]?.string == "linear" && node["base_model"] == nil)
    #expect(models(node) == ["target", "a", "b"])
    #expect(node["parameters"]?["weight"]?.double == 1.0 / 3)
    #expect(node["out_dtype"]?.string == "bfloat16" && node["dtype"] == nil)
  }

  @Test func mergesSourcesOntoTheTarget() throws {
    let node = try configuration("{method: shift, parameters: {lambda: 0.5}, out_dtype: f16}")
    #expect(node["base_model"]?.string == "target" && models(node) == ["a", "b"])
    #expect(node["parameters"]?["weight"]?.double == 1)
    #expect(node["parameters"]?["lambda"]?.double == 0.5)
    #expect(node["out_dtype"]?.string == "float16")
  }

  @Test func mergesTheTargetOntoAnotherBase() throws {
    let node = try configuration("{method: shift, base: origin, weights: [1, 2, 3]}")
    #expect(node["base_model"]?.string == "origin" && models(node) == ["target", "a", "b"])
    #expect(node["parameters"] == nil)
    let weights = node["models"]?.sequence?.map { $0["parameters"]?["weight"]?.int }
    #expect(weights == [1, 2, 3])
  }

  @Test func asksForABaseWhereItMayBeLeftOut() throws {
    #expect(models(try configuration("{method: arc}")) == ["target", "a", "b"])
    let node = try configuration("{method: arc, base: target, densities: 0.5}")
    #expect(node["base_model"]?.string == "target" && models(node) == ["a", "b"])
    #expect(node["parameters"]?["density"]?.double == 0.5)
  }

  @Test func takesWholeConfigs() throws {
    #expect(try configuration("{config: all.yml}")["file"]?.string == "folder/all.yml")
  }

  @Test(arguments: [
    ("{weights: [1, 2]}", "weights"), ("{weights: [1, 2, x]}", "weights"),
    ("{densities: [1]}", "densities"), ("{method: gone}", "gone"), ("{method: [a]}", "method"),
    ("{config: all.yml, method: linear}", "config"), ("{parameters: 3}", "parameters"),
    ("{out_dtype: f23}", "out_dtype"), ("{wieghts: 1}", "weights"),
  ])
  func refuses(text: String, word: String) {
    do {
      _ = try configuration(text)
      Issue.record("\(text) was taken")
    } catch {
      #expect("\(error)".contains(word), "\(error)")
    }
  }

  @Test func needsASource() {
    #expect(throws: OptionError.self) { try configuration("{}", sources: []) }
  }
}

private struct Average: MergeMethod {
  static let name = "linear"
  static let summary = ""
  static let contract = MergeContract(
    base: .ignored, missing: .mergePresent, required: ["weight"])
  init(_ options: NoOptions) {}
  func merge(_ tensor: TensorMerge<NoOptions>) throws {}
}

private struct Arc: MergeMethod {
  static let name = "arc"
  static let summary = ""
  static let contract = MergeContract(base: .optional, missing: .mergePresent)
  init(_ options: NoOptions) {}
  func merge(_ tensor: TensorMerge<NoOptions>) throws {}
}

private struct Shift: MergeMethod {
  static let name = "shift"
  static let summary = ""
  static let contract = MergeContract(base: .required, missing: .needBase, required: ["weight"])
  init(_ options: NoOptions) {}
  func merge(_ tensor: TensorMerge<NoOptions>) throws {}
}
