import Testing

@testable import Merging

/// Layers on top of each other: numbers, sources, bases, and what config.json says of them.
struct SlicePlanTests {
  private func sources(_ plan: MergePlan, _ tensor: String) -> [String] {
    let planned = plan.tensors.first { $0.name == tensor }
    return planned?.sources.map { "\(plan.models[$0.model].name):\($0.name)" } ?? []
  }

  @Test func outputLayersAreNumberedOn() throws {
    let models = try PlanningModels()
    try models.write("a", .decoder(layers: 3))
    let plan = try models.plan(
      """
      merge_method: present
      slices:
        - sources: [{model: base, layer_range: [0, 2]}]
        - sources: [{model: a, layer_range: [1, 3]}]
        - sources: [{model: base, layer_range: [1, 2]}]
      """)
    #expect(plan.config["num_hidden_layers"] == 5)
    #expect(plan.config["layer_types"] == ["kind 0", "kind 1", "kind 1", "kind 2", "kind 1"])
    let norms = (0..<6).map { sources(plan, "model.layers.\($0).input_layernorm.weight") }
    #expect(
      norms == [
        ["base:model.layers.0.input_layernorm.weight"],
        ["base:model.layers.1.input_layernorm.weight"],
        ["a:model.layers.1.input_layernorm.weight"], ["a:model.layers.2.input_layernorm.weight"],
        ["base:model.layers.1.input_layernorm.weight"], [],
      ])
  }

  @Test func listsWithAnEntryALayerFollowTheLayers() throws {
    let models = try PlanningModels()
    let plan = try models.plan(
      """
      merge_method: present
      slices:
        - sources: [{model: base, layer_range: [1, 2]}]
        - sources: [{model: base}]
      """)
    #expect(plan.config["layer_types"] == ["kind 1", "kind 0", "kind 1"])
    #expect(plan.config["num_hidden_layers"] == 3)
  }

  /// mergekit takes as many sources as the first slice has.
  @Test func theLastSliceGivesFinalNormAndHead() throws {
    let text = """
      merge_method: present
      slices:
        - sources: [{model: base, layer_range: [0, 1]}]
        - sources: [{model: a, layer_range: [1, 2]}, {model: b, layer_range: [1, 2]}]
      """
    let plan = try PlanningModels().plan(text)
    #expect(sources(plan, "model.norm.weight") == ["a:model.norm.weight", "b:model.norm.weight"])
    #expect(sources(plan, "lm_head.weight") == ["a:lm_head.weight", "b:lm_head.weight"])
    #expect(sources(plan, "model.embed_tokens.weight") == ["base:model.embed_tokens.weight"])
    let compatible = try PlanningModels().plan(text + "\ncompat: mergekit\n")
    #expect(sources(compatible, "model.norm.weight") == ["a:model.norm.weight"])
  }

  @Test func aSliceMayHaveABaseOfItsOwn() throws {
    let plan = try PlanningModels().plan(
      """
      merge_method: single
      base_model: base
      slices:
        - sources: [{model: base, layer_range: [0, 1]}, {model: a, layer_range: [0, 1]}]
        - sources: [{model: a, layer_range: [1, 2]}, {model: b, layer_range: [1, 2]}]
          base_model: b
      """)
    let bases = plan.tensors.filter { $0.name.hasSuffix("input_layernorm.weight") }
      .map { $0.base.map { plan.models[$0.model].name } }
    #expect(bases == ["base", "b"])
  }

  @Test func everySliceNeedsItsBase() throws {
    let found = try PlanningModels().faults(
      """
      merge_method: needs_base
      base_model: base
      slices:
        - sources: [{model: base, layer_range: [0, 1]}, {model: a, layer_range: [0, 1]}]
        - sources: [{model: a, layer_range: [1, 2]}, {model: b, layer_range: [1, 2]}]
      """)
    #expect(found.count == 1 && found[0].place?.hasSuffix("merge.yml:5:5") == true, "\(found)")
  }

  /// Two ranges of layers of one model are two inputs, the first of the base its base.
  @Test func aModelMayComeTwiceInASlice() throws {
    let text = """
      slices:
        - sources: [{model: base, layer_range: [0, 1]}, {model: base, layer_range: [1, 2]}]
      """
    let plan = try PlanningModels().plan("merge_method: present\n" + text)
    #expect(
      sources(plan, "model.layers.0.mlp.up_proj.weight")
        == ["base:model.layers.0.mlp.up_proj.weight", "base:model.layers.1.mlp.up_proj.weight"])
    let based = try PlanningModels().plan("merge_method: single\nbase_model: base\n" + text)
    let tensor = based.tensors.first { $0.name == "model.layers.0.mlp.up_proj.weight" }
    #expect(tensor?.base?.name == "model.layers.0.mlp.up_proj.weight")
    #expect(tensor?.inputs.map(\.source.name) == ["model.layers.1.mlp.up_proj.weight"])
  }

  @Test func slicesMustHaveAsManyLayersOfEach() throws {
    let found = try PlanningModels().faults(
      """
      merge_method: present
      slices:
        - sources: [{model: base, layer_range: [0, 2]}, {model: a, layer_range: [0, 1]}]
      """)
    #expect(found.count == 1 && found[0].place?.contains("merge.yml:3:") == true)
  }

  @Test func methodsHaveAsManyInputsAsTheyTake() throws {
    let models = try PlanningModels()
    let list = "[{model: base}, {model: a}, {model: b}]"
    let many = models.faults("merge_method: single\nbase_model: base\nmodels: \(list)\n")
    #expect(many.count == 1 && many[0].expected?.contains("exactly 1") == true)
    let few = models.faults("merge_method: base_or_drop\nbase_model: base\nmodels: [{model: a}]\n")
    #expect(few.count == 1 && few[0].expected?.contains("at least 2") == true)
    let none = models.faults("merge_method: needs_base\nmodels: \(list)\n")
    #expect(none.count == 1 && none[0].hint?.contains("base_model") == true)
    #expect(none[0].place?.hasSuffix("merge.yml:1:15") == true)
  }
}
