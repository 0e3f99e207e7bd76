import Testing

@testable import Merging

/// Models with several stacks of layers, a vision tower beside the text model.
struct StackTests {
  private func models() throws -> PlanningModels {
    let models = try PlanningModels()
    for (index, name) in ["base", "a"].enumerated() {
      var both = TinyCheckpoint.decoder(seed: UInt64(index)).renamed {
        $0.hasPrefix("model.layers") ? "model.language_model." + $0.dropFirst(6) : $0
      }
      for layer in 0..<3 {
        both["vision_tower.encoder.layers.\(layer).fc.weight"] = TinyCheckpoint.normal(
          [2, 2], seed: UInt64(index), index: 100 + layer)
      }
      both.config["num_hidden_layers"] = nil
      both.config["layer_types"] = nil
      both.config["text_config"] = ["num_hidden_layers": 2, "layer_types": ["x", "y"]]
      both.config["vision_config"] = ["num_hidden_layers": 3]
      try models.write(name, both)
    }
    return models
  }

  private func names(_ plan: MergePlan, _ prefix: String) -> [PlannedTensor] {
    plan.tensors.filter { $0.name.hasPrefix(prefix) }
  }

  @Test func modelsMeansAllStacks() throws {
    let plan = try models().plan("merge_method: present\nmodels: [{model: base}, {model: a}]\n")
    #expect(names(plan, "vision_tower").map(\.inputs.count) == [2, 2, 2])
    #expect(names(plan, "model.language_model").count == 6)
    #expect(plan.warnings.isEmpty && plan.config["text_config"]?["num_hidden_layers"] == 2)
  }

  @Test func slicesDoNotSayWhichStack() throws {
    let found = try models().faults("merge_method: present\nslices: [{sources: [{model: a}]}]\n")
    #expect(found.count == 1 && found[0].expected?.contains("modules") == true)
  }

  @Test func modulesThatAreLeftOutAreCopied() throws {
    let text = """
      merge_method: present
      base_model: base
      modules:
        language_model:
          slices:
            - sources: [{model: base, layer_range: [1, 2]}, {model: a, layer_range: [1, 2]}]
            - sources: [{model: base}, {model: a}]
      """
    let plan = try models().plan(text)
    let vision = names(plan, "vision_tower")
    #expect(vision.count == 3)
    for tensor in vision { #expect(tensor.sources.map(\.name) == [tensor.name]) }
    #expect(plan.warnings.count == 1 && plan.warnings[0].contains("vision_tower"))
    #expect(plan.config["text_config"]?["num_hidden_layers"] == 3)
    #expect(plan.config["text_config"]?["layer_types"] == ["y", "x", "y"])
    #expect(plan.config["num_hidden_layers"] == nil)
    #expect(names(try models().plan(text + "\ncompat: mergekit\n"), "vision_tower").isEmpty)
  }

  /// The count of layers in config.json is the text model's.
  @Test func layersOfATowerAreNotThoseOfTheText() throws {
    let plan = try models().plan(
      """
      merge_method: present
      modules:
        vision_tower: {slices: [{sources: [{model: base, layer_range: [0, 2]}]}]}
        language_model: {models: [{model: base}]}
      """)
    #expect(plan.config["text_config"]?["num_hidden_layers"] == 2)
    #expect(plan.warnings.count == 1 && plan.warnings[0].contains("by hand"), "\(plan.warnings)")
  }

  @Test func modulesAreNamedOnce() throws {
    let models = try models()
    let text = { (one: String, other: String) in
      "merge_method: present\nmodules: {\(one): {models: [{model: a}]}, "
        + "\(other): {models: [{model: a}]}}\n"
    }
    #expect(models.faults(text("vision_tower", "encoder")).count == 1)
    #expect(models.faults(text("vision_tower", "text")).count == 1)
    #expect(models.faults(text("vision_tower", "language_model")).isEmpty)
    #expect(models.faults(text("default", "language_model")).count == 1)
  }

  @Test func aModelWithOneStackHasTheModuleDefault() throws {
    let models = try PlanningModels()
    for name in ["default", "model"] {
      let text = "merge_method: present\nmodules: {\(name): {slices: [{sources: [{model: a}]}]}}\n"
      #expect(models.faults(text).isEmpty, "\(name)")
    }
  }
}
