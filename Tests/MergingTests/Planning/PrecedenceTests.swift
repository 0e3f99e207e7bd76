import Testing

@testable import Merging

/// Which level of a config a parameter comes from, tensor by tensor.
struct PrecedenceTests {
  /// The worked example of the language's description.
  @Test func theNearestLevelThatSaysAnythingCounts() throws {
    let merged = try PlanningModels().run(
      """
      merge_method: reveal
      base_model: base
      slices:
        - sources:
            - {model: a, layer_range: [0, 1], parameters: {weight: [{filter: q_proj, value: 0.9}]}}
            - {model: b, layer_range: [0, 1]}
            - {model: base, layer_range: [0, 1]}
          parameters: {weight: [{filter: mlp, value: 0.6}], lambda: 0.5}
        - sources:
            - {model: a, layer_range: [1, 2]}
            - {model: b, layer_range: [1, 2], parameters: {weight: 0.7}}
            - {model: base, layer_range: [1, 2]}
      parameters: {weight: 0.3, lambda: 2.0}
      """)
    let expected: [(String, [Float])] = [
      ("model.layers.0.self_attn.q_proj.weight", [0.5, 0.9, 0.3]),
      ("model.layers.0.mlp.up_proj.weight", [0.5, 0.6, 0.6]),
      ("model.layers.0.input_layernorm.weight", [0.5, 0.3, 0.3]),
      ("model.layers.1.self_attn.q_proj.weight", [2, 0.3, 0.7]),
      ("model.layers.1.mlp.up_proj.weight", [2, 0.3, 0.7]),
      ("model.embed_tokens.weight", [0.5, 0.3, 0.3]), ("model.norm.weight", [2, 0.3, 0.7]),
      ("lm_head.weight", [2, 0.3, 0.7]),
    ]
    for (name, numbers) in expected {
      #expect(Array(try merged.tensor(name).floats().prefix(3)) == numbers, "\(name)")
    }
  }

  @Test func modulesStandBetweenSlicesAndDocuments() throws {
    let merged = try PlanningModels().run(
      """
      merge_method: reveal
      modules:
        default:
          parameters: {lambda: 3}
          models: [{model: a, parameters: {weight: [0, 1]}}, {model: b}]
      parameters: {weight: 0.25, lambda: 2, normalize: yes}
      """)
    func norm(_ layer: Int) throws -> ArraySlice<Float> {
      try merged.tensor("model.layers.\(layer).input_layernorm.weight").floats().prefix(3)
    }
    #expect(Array(try norm(0)) == [3, 0, 0.25])
    #expect(Array(try norm(1)) == [3, 1, 0.25])
    #expect(Array(try merged.tensor("model.norm.weight").floats().prefix(3)) == [3, 0, 0.25])
  }

  /// Shared parameters see the output's name, an input's its own.
  @Test func filtersSeeTheNameOfTheirSide() throws {
    let merged = try PlanningModels().run(
      """
      merge_method: reveal
      slices:
        - sources: [{model: a, layer_range: [1, 2]}]
      parameters:
        weight: [{filter: layers.1, value: 1}, {value: 0}]
        lambda: [{filter: layers.1, value: 5}, {value: 4}]
      """)
    let norm = try merged.tensor("model.layers.0.input_layernorm.weight").floats()
    #expect(Array(norm.prefix(2)) == [4, 1])
  }

  @Test func whatIsRequiredAndMissingIsNamed() throws {
    let found = try PlanningModels().faults(
      """
      merge_method: reveal
      models:
        - {model: a, parameters: {weight: 1}}
        - {model: b, parameters: {weight: [{filter: mlp, value: 1}]}}
      """)
    #expect(found.first?.place?.hasSuffix("merge.yml:4:5") == true)
    #expect(found.first?.what.contains("'weight' of 'b'") == true, "\(found)")
  }

  @Test func parametersOfOthersAreWarningsAndMisspeltOnesErrors() throws {
    let models = try PlanningModels()
    let text = "merge_method: reveal\nmodels: [{model: a}]\nparameters:\n  weight: 1\n"
    let merge = try models.merge(text + "  int8_mask: true\n  density: 0.5\n")
    #expect(merge.warnings.count == 2)
    #expect(merge.warnings.first?.contains("merge.yml:5:3: 'int8_mask'") == true)
    let found = models.faults(text + "  lamdba: 1\n")
    #expect(found.count == 1 && found[0].place?.hasSuffix("merge.yml:5:3") == true)
    #expect(found.first?.hint == "did you mean 'lambda'?")
    let wrong = models.faults(text + "  normalize: maybe\n")
    #expect(wrong.count == 1 && wrong[0].place?.hasSuffix("merge.yml:5:14") == true, "\(wrong)")
  }

  /// The same leftover of every model is told once.
  @Test func leftoversAreOneWarning() throws {
    let merge = try PlanningModels().merge(
      """
      merge_method: reveal
      parameters: {weight: 1}
      models:
        - {model: a, parameters: {lambda: 1, density: 1}}
        - {model: b, parameters: {lambda: 1, density: 1}}
        - {model: base, parameters: {lambda: 1, density: 1}}
      """)
    #expect(merge.warnings.count == 2)
    for warning in merge.warnings {
      #expect(warning.contains("merge.yml:4:") && warning.hasSuffix("(and in 2 more places)"))
    }
  }

  @Test func numbersMayBeWrittenWithoutADot() throws {
    let merged = try PlanningModels().run(
      "merge_method: reveal\nmodels: [{model: a}]\nparameters: {weight: 1e-4, lambda: 2E2}\n")
    #expect(
      Array(try merged.tensor("model.norm.weight").floats().prefix(2)) == [200, Float(1e-4)])
  }
}
