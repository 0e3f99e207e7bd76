import Testing

@testable import Merging

/// Heads that are the embedding for some models and tensors of their own for others.
struct TiedHeadTests {
  private static let both = "merge_method: present\nmodels: [{model: base}, {model: a}]\n"
  private static let tied = TinyCheckpoint.decoder().with("lm_head.weight", nil)
    .with(config: "tie_word_embeddings", true)

  private func head(_ plan: MergePlan) -> PlannedTensor? {
    plan.tensors.first { $0.name == "lm_head.weight" }
  }

  @Test func allStoreOne() throws {
    let plan = try PlanningModels().plan(Self.both)
    #expect(head(plan)?.sources.map(\.name) == ["lm_head.weight", "lm_head.weight"])
    #expect(plan.config["tie_word_embeddings"] == false && plan.warnings.isEmpty)
  }

  @Test func noneStoresOne() throws {
    let models = try PlanningModels()
    for name in ["base", "a"] { try models.write(name, Self.tied) }
    let plan = try models.plan(Self.both)
    #expect(head(plan) == nil)
    #expect(plan.config["tie_word_embeddings"] == true && plan.warnings.isEmpty)
  }

  /// The head of a model without one is its embedding; what is written must be read.
  @Test func someStoreOne() throws {
    let models = try PlanningModels()
    try models.write("base", Self.tied)
    let plan = try models.plan(Self.both)
    #expect(head(plan)?.sources.map(\.name) == ["model.embed_tokens.weight", "lm_head.weight"])
    #expect(plan.config["tie_word_embeddings"] == false)
    #expect(plan.warnings.count == 1 && plan.warnings[0].contains("tie_word_embeddings"))
    let compatible = try models.plan(Self.both + "compat: mergekit\n")
    #expect(head(compatible) != nil && compatible.config["tie_word_embeddings"] == true)
  }

  /// An architecture's default may be true.
  @Test func aHeadIsReadWhereTheConfigSaysNothing() throws {
    let models = try PlanningModels()
    try models.write("base", .decoder().with(config: "tie_word_embeddings", nil))
    let plan = try models.plan(Self.both)
    #expect(plan.config["tie_word_embeddings"] == false && plan.warnings.isEmpty)
  }

  /// The base gives its config, and no layer: its head does not come with it.
  @Test func theBaseAloneStoresOne() throws {
    let models = try PlanningModels()
    for name in ["a", "b"] { try models.write(name, Self.tied) }
    let plan = try models.plan(
      """
      merge_method: present
      base_model: base
      slices: [{sources: [{model: a}, {model: b}]}]
      """)
    #expect(head(plan) == nil && plan.config["tie_word_embeddings"] == true)
    #expect(plan.warnings.count == 1)
  }
}
