import Testing

@testable import Merging

/// Models that do not fit each other, and what is said about them before any work.
struct TensorFaultTests {
  private static let both = "merge_method: present\nmodels: [{model: base}, {model: a}]\n"

  private func faults(_ checkpoint: TinyCheckpoint) throws -> [Problem] {
    let models = try PlanningModels()
    try models.write("a", checkpoint)
    return models.faults(Self.both)
  }

  @Test func missingTensorsAreOneMessageAModel() throws {
    let found = try faults(
      .decoder().renamed { $0.contains("up_proj") || $0 == "model.norm.weight" ? nil : $0 })
    #expect(found.count == 1 && found[0].kind == .badData)
    #expect(found[0].place?.hasSuffix("a") == true)
    #expect(
      found[0].what.contains("lacks 3 tensors") && found[0].what.contains("model.norm.weight"))
  }

  @Test func shapesMustAgree() throws {
    let found = try faults(
      .decoder().with("model.norm.weight", Tensor(zeros: [5], dtype: .f32)))
    #expect(found.count == 1 && found[0].what.contains("[4]") && found[0].what.contains("[5]"))
    #expect(found[0].hint?.contains("tokenizer") == false)
  }

  /// The message names the option that makes it work.
  @Test func vocabulariesMustAgreeOrBeAligned() throws {
    let found = try faults(.decoder(vocabulary: 14))
    #expect(found.count == 2)
    for problem in found {
      #expect(problem.hint?.contains("tokenizer: {source: union}") == true, "\(problem)")
    }
  }

  @Test func unequalLayerCounts() throws {
    let models = try PlanningModels()
    try models.write("a", .decoder(layers: 3))
    let found = models.faults(Self.both)
    #expect(found.count == 1 && found[0].what.contains("gives 3 layers"))
    let slices = { (layers: String) in
      "merge_method: present\nslices: [{sources: [{model: a, layer_range: [0, \(layers)]}]}]\n"
    }
    #expect(models.faults(slices("3")).isEmpty)
    let beyond = models.faults(slices("4"))
    #expect(beyond.count == 1 && beyond[0].what.contains("has 3 layers"))
    #expect(models.faults(slices("9223372036854775807")).count == 1)
    #expect(models.faults(slices("9223372036854775808")).count == 1)
  }

  @Test func otherArchitectures() throws {
    let models = try PlanningModels()
    try models.write(
      "a",
      TinyCheckpoint.decoder().renamed {
        $0.replacing("model.layers.", with: "transformer.h.")
      })
    let found = models.faults(Self.both)
    #expect(found.count == 1 && found[0].hint?.contains("one architecture") == true, "\(found)")
    try models.write("a", TinyCheckpoint.decoder().renamed { $0.contains("layers") ? nil : $0 })
    #expect(models.faults(Self.both).count == 1)
    let alone = models.faults("merge_method: present\nmodels: [{model: a}]\n")
    #expect(alone.count == 1 && alone[0].what.contains("no numbered layers"))
  }

  /// Saved without its head, a model has names without `model.`: told, not guessed.
  @Test func namesWithoutTheirPrefix() throws {
    let found = try faults(
      .decoder().renamed { $0 == "lm_head.weight" ? nil : $0.replacing("model.", with: "") })
    #expect(found.count == 1 && found[0].hint?.contains("without its head") == true, "\(found)")
  }

  @Test func ggufModelsAreToBeConverted() throws {
    let models = try PlanningModels()
    try makeDirectories(models.folder.path("a/sub"))
    try writeAtomically(path: models.folder.path("x.gguf"), text: "GGUF")
    try makeDirectories(models.folder.path("folder"))
    try writeAtomically(path: models.folder.path("folder/x.gguf"), text: "GGUF")
    for name in [models.folder.path("x.gguf"), "folder"] {
      let found = models.faults("merge_method: present\nmodels: [{model: \(name)}]\n")
      #expect(found.count == 1 && found[0].kind == .badData, "\(found)")
      #expect(found.first?.hint?.contains("crucible model convert") == true, "\(found)")
    }
  }

  @Test func modelsThatAreNotThere() throws {
    let models = try PlanningModels()
    let found = models.faults("merge_method: present\nmodels: [{model: nope}, {model: nor/this}]\n")
    #expect(found.map(\.kind) == [.missingInput, .missingInput])
  }

  // MARK: - Types

  private func buffer(_ values: [Int64]) -> Tensor {
    Tensor(values, shape: [values.count])
  }

  @Test func otherNumbersMustBeEqual() throws {
    let models = try PlanningModels()
    let name = "model.layers.0.self_attn.kinds"
    for model in ["base", "a"] {
      try models.write(model, .decoder().with(name, buffer([1, 2, 3])))
    }
    let merged = try models.run(Self.both)
    #expect(try merged.tensor(name).hasBytes(of: buffer([1, 2, 3])))
    try models.write("a", .decoder().with(name, buffer([1, 2, 4])))
    #expect(throws: Problem.self) { try models.run(Self.both) }
    try models.write("a", .decoder().with(name, Tensor(zeros: [3], dtype: .i32)))
    let found = models.faults(Self.both)
    #expect(found.count == 1 && found[0].what.contains("i64"), "\(found)")
    try models.write("a", .decoder().with(name, Tensor(zeros: [3], dtype: .f32)))
    #expect(models.faults(Self.both).count == 1)
  }

  @Test(arguments: [
    (DType.bf16, DType.f16, DType.f32), (.bf16, .bf16, .bf16), (.bf16, .f32, .f32),
    (.f64, .bf16, .f64), (.f16, .f64, .f64),
  ])
  func typesArePromoted(one: DType, other: DType, result: DType) throws {
    let models = try PlanningModels()
    try models.write("base", .decoder(dtype: one))
    try models.write("a", .decoder(dtype: other))
    #expect(try models.plan(Self.both).tensors.allSatisfy { $0.dtype == result })
    #expect(try models.plan(Self.both + "dtype: float16\n").tensors.allSatisfy { $0.dtype == .f16 })
    let stored = try models.plan(Self.both + "dtype: float16\nout_dtype: float32\n")
    #expect(stored.tensors.allSatisfy { $0.dtype == .f32 })
    #expect((stored.config["dtype"] ?? stored.config["torch_dtype"])?.string == "float32")
  }

  @Test func typesThatCannotBeMerged() throws {
    let models = try PlanningModels()
    let header =
      #"{"model.layers.0.w.weight":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]}}"#
    try makeDirectories(models.folder.path("f8"))
    try writeAtomically(path: models.folder.path("f8/config.json"), text: "{}")
    let length = String(decoding: [UInt8(header.utf8.count), 0, 0, 0, 0, 0, 0, 0], as: UTF8.self)
    try writeAtomically(
      path: models.folder.path("f8/model.safetensors"), text: length + header + "ab")
    let found = models.faults("merge_method: present\nmodels: [{model: f8}]\n")
    #expect(found.count == 1 && found[0].what.contains("F8_E4M3"), "\(found)")
    #expect(found.first?.hint?.contains("convert") == true)
  }

  @Test func emptyTensorsPass() throws {
    let models = try PlanningModels()
    let name = "model.layers.1.self_attn.unused.weight"
    for model in ["base", "a"] {
      try models.write(model, .decoder().with(name, Tensor(zeros: [0, 4], dtype: .f32)))
    }
    #expect(try models.run(Self.both).tensor(name).shape == [0, 4])
  }

  /// A file must not make the plan hold room for layers that are not there.
  @Test func layerNumbersThatNobodyWrites() throws {
    let layout = TensorLayout(
      (0..<2000).map { "x\($0).layers.99999.w" } + ["y.layers.0.w", "y.layers.01.w"])
    #expect(layout.stacks.map(\.prefix) == ["y.layers."] && layout.outside.count == 2001)
  }
}

extension Tensor {
  fileprivate func hasBytes(of other: Tensor) -> Bool {
    withBytes { one in other.withBytes { one.elementsEqual($0) } }
  }
}
