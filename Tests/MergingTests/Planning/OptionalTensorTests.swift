import Testing

@testable import Merging

/// Biases that some models have: each contract's rule for them.
struct OptionalTensorTests {
  private static let bias = "model.layers.0.self_attn.q_proj.bias"

  /// The plan of the bias where the named models have it; nil where the output has none.
  private func planned(
    _ method: String, having: [String], inputs: [String] = ["a"]
  ) throws -> PlannedTensor? {
    let models = try PlanningModels()
    for (index, name) in having.enumerated() {
      let values = [Float](repeating: Float(index), count: 4)
      try models.write(
        name, .decoder(seed: UInt64(index)).with(Self.bias, Tensor(values, shape: [4])))
    }
    let list = (["base"] + inputs).map { "{model: \($0)}" }.joined(separator: ", ")
    let text = "merge_method: \(method)\nbase_model: base\nmodels: [\(list)]\n"
    return try models.plan(text).tensors.first { $0.name == Self.bias }
  }

  private func copied(_ tensor: PlannedTensor?) -> Int? {
    if case .copy(let source) = tensor?.action { source.model } else { nil }
  }

  @Test func thosePresentAreMerged() throws {
    let tensor = try planned("present", having: ["a"], inputs: ["a", "b"])
    #expect(tensor?.action == .merge && tensor?.inputs.map(\.source.model) == [1])
  }

  @Test func aSingleOneIsCopied() throws {
    #expect(copied(try planned("single", having: ["a"])) == 1)
    #expect(copied(try planned("single", having: ["base"])) == 0)
    #expect(try planned("single", having: ["base", "a"])?.action == .merge)
    #expect(try planned("single", having: []) == nil)
  }

  @Test func theBaseAloneIsCopied() throws {
    #expect(copied(try planned("base_alone", having: ["base"])) == 0)
    #expect(try planned("base_alone", having: ["a"]) == nil)
    #expect(try planned("base_alone", having: ["base", "a"])?.action == .merge)
  }

  @Test func theBaseIsNeeded() throws {
    let tensor = try planned("needs_base", having: ["base", "b"], inputs: ["a", "b"])
    #expect(tensor?.action == .merge && tensor?.base != nil && tensor?.inputs.count == 1)
    do {
      _ = try planned("needs_base", having: ["a"])
      Issue.record("a tensor that the base lacks was planned")
    } catch let problems as Problems {
      #expect(problems.all.count == 1 && problems.all[0].what.contains(Self.bias))
    }
  }

  @Test func tooFewAreDropped() throws {
    let inputs = ["a", "b"]
    #expect(
      try planned("base_or_drop", having: ["base", "a", "b"], inputs: inputs)?.action == .merge)
    #expect(copied(try planned("base_or_drop", having: ["base"], inputs: inputs)) == 0)
    #expect(try planned("base_or_drop", having: ["base", "a"], inputs: inputs) == nil)
    #expect(try planned("base_or_drop", having: ["a", "b"], inputs: inputs) == nil)
  }
}
