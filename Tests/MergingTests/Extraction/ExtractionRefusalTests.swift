import Foundation
import Merging
import Testing

/// Every way an extraction can be wrong says so, and leaves nothing behind.
@Suite struct ExtractionRefusalTests {
  private let scratch: ScratchFolder
  private let base = TinyCheckpoint.llama()

  init() throws { scratch = try ScratchFolder() }

  /// What the extraction says when it fails, with all problems on lines of their own.
  private func refusal(
    _ tuned: TinyCheckpoint, _ change: (inout ExtractionSettings) -> Void = { _ in }
  ) throws -> String {
    var settings = ExtractionSettings()
    change(&settings)
    let (model, base) = (
      try tuned.write("model", in: scratch), try self.base.write("base", in: scratch)
    )
    let error = #expect(throws: (any Error).self) {
      try AdapterExtraction(model: model, base: base, settings: settings)
        .run(into: scratch.path("out"))
    }
    #expect(try scratch.names() == ["base", "model"])
    return error.map { "\($0)" } ?? ""
  }

  @Test func listsEveryTensorThatDoesNotFit() throws {
    var tuned = base.tuned(rank: 2)
    tuned["model.layers.0.self_attn.q_proj.weight"] = Tensor(zeros: [12, 11])
    tuned["model.norm.weight"] = nil
    tuned["model.layers.1.mlp.up_proj.weight"] = Tensor(zeros: [2, 2])
    let lines = try refusal(tuned).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines.contains { $0.contains("q_proj.weight") && $0.contains("[12, 11]") })
    #expect(lines.contains { $0.contains("model: has no tensor 'model.norm.weight'") })
    #expect(
      lines.contains { $0.contains("base: has no tensor 'model.layers.1.mlp.up_proj.weight'") })
  }

  @Test func equalModelsHaveNothingToExtract() throws {
    #expect(try refusal(base).contains("holds the same weights"))
  }

  @Test func normsAloneMakeNoAdapter() throws {
    let text = try refusal(base.tuned(rank: 2) { _ in false })
    #expect(text.contains("only tensors that no pair can stand for differ"))
    #expect(text.contains("norm.weight"))
  }

  @Test func aFloorAboveAllSingularValues() throws {
    let text = try refusal(base.tuned(rank: 2)) { $0.singularValueFloor = 1e6 }
    #expect(text.contains("no singular value") && text.contains("--sv-epsilon"))
  }

  @Test func patternsThatLeaveNothing() throws {
    let text = try refusal(base.tuned(rank: 2)) { $0.include = ["nothing like it"] }
    #expect(text.contains("no module is left"))
  }

  @Test func settingsOutOfRangeAreAllListed() throws {
    let text = try refusal(base.tuned(rank: 2)) {
      $0.maxRank = 0
      $0.singularValueFloor = -1
      $0.energyShare = 1.5
      $0.exclude = ["("]
    }
    #expect(text.split(separator: "\n").count == 4)
    #expect(text.contains("'('"))
  }

  @Test func weightsThatAreNotFinite() throws {
    var tuned = base.tuned(rank: 2)
    let name = "model.layers.1.mlp.down_proj.weight"
    var weight = Matrix(try #require(tuned[name]))
    weight[3, 3] = .infinity
    tuned[name] = weight.tensor()
    let text = try refusal(tuned)
    #expect(text.contains("'model.layers.1.mlp.down_proj'") && text.contains("NaN or infinity"))
  }

  @Test func weightsThatAreWholeNumbers() throws {
    var tuned = base.tuned(rank: 2)
    tuned["model.layers.1.mlp.down_proj.weight"] = Tensor(zeros: [10, 14], dtype: .i8)
    #expect(try refusal(tuned).contains("i8"))
  }

  @Test func outputsThatExist() throws {
    let (model, other) = (
      try base.tuned(rank: 2).write("model", in: scratch), try base.write("base", in: scratch)
    )
    let problem = #expect(throws: Problem.self) {
      try AdapterExtraction(model: model, base: other).run(into: other)
    }
    #expect(problem?.kind == .cannotWrite)
  }

  @Test func foldersThatAreNoModels() throws {
    let model = try base.write("model", in: scratch)
    let problem = #expect(throws: Problem.self) {
      try AdapterExtraction(model: model, base: scratch.path("nowhere"))
    }
    #expect(problem?.kind == .missingInput)
  }

  @Test func interruptionLeavesNothing() throws {
    let extraction = try AdapterExtraction(
      model: base.tuned(rank: 2).write("model", in: scratch),
      base: base.write("base", in: scratch))
    #expect(throws: CancellationError.self) {
      try extraction.run(into: scratch.path("out")) { _ in throw CancellationError() }
    }
    #expect(try scratch.names() == ["base", "model"])
  }

  @Test func vocabulariesOfTwoSizesAreSavedWhole() throws {
    var tuned = base.tuned(rank: 2)
    for name in ["model.embed_tokens.weight", "lm_head.weight"] {
      tuned[name] = TinyCheckpoint.normal([23, 10], seed: 9, index: 0)
    }
    var settings = ExtractionSettings()
    settings.decomposesEmbeddings = true
    let report = try AdapterExtraction(
      model: tuned.write("model", in: scratch), base: base.write("base", in: scratch),
      settings: settings
    ).run(into: scratch.path("out"))
    #expect(report.warnings.count == 1 && report.count(.whole) == 5)
  }
}
