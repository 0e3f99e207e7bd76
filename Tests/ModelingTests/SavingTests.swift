import Formats
import Foundation
import Kernels
import Testing

@testable import Modeling

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "crucible-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

struct SavingTests {
  private let layout = SequenceLayout(lengths: [4, 3])
  private let ids: [Int32] = [3, 9, 4, 8, 7, 7, 11]

  @Test(arguments: ["llama", "qwen2", "gemma3", "gpt2", "phi3"])
  func aSavedModelIsTheSameModel(_ family: String) throws {
    let folder = try TemporaryFolder()
    let model = try tinyModel(family)
    let target = folder.path + "/saved"
    try model.save(to: target)
    let again = try DecoderModel.open(target)
    #expect(again.config == model.config)
    #expect(again.warnings.isEmpty)
    #expect(
      again.logits(ids: ids, layout: layout).floats()
        == model.logits(ids: ids, layout: layout).floats())
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["saved"],
      "nothing is left beside it")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: target).sorted()
        == ["config.json", "generation_config.json", "model.safetensors"])
  }

  @Test(arguments: [(DType.bf16, "bfloat16", Float(8e-3)), (.f16, "float16", 1e-3)])
  func halfPrecisionIsWrittenAndNamed(_ dtype: DType, name: String, tolerance: Float) throws {
    let folder = try TemporaryFolder()
    let model = try tinyModel("llama")
    try model.save(to: folder.path + "/half", dtype: dtype)
    let again = try DecoderModel.open(folder.path + "/half")
    #expect(again.configJSON["torch_dtype"]?.string == name)
    #expect(again.summary.stored.first?.dtype == dtype)
    for (one, other) in zip(model.parameters, again.parameters) {
      let values = one.variable.value.floats()
      let stored = dequantised(other.variable.value).floats()
      #expect(
        largestDifference(values, stored) <= tolerance * (values.map(abs).max() ?? 0),
        "half a unit of the last place")
    }
  }

  @Test func foldersWithoutATokenizerConvertAsWell() throws {
    let folder = try TemporaryFolder()
    try tinyModel("llama").save(to: folder.path + "/one")
    try convertModel(at: folder.path + "/one", to: folder.path + "/two", dtype: .bf16)
    let summary = try ModelSummary.read(folder.path + "/two")
    #expect(summary.stored.first?.dtype == .bf16)
    #expect(summary.tokenizerSize == nil)
  }

  @Test func filledFoldersAreLeftAlone() throws {
    let folder = try TemporaryFolder()
    try "mine".write(toFile: folder.path + "/note", atomically: true, encoding: .utf8)
    let problem = #expect(throws: Problem.self) { try tinyModel("llama").save(to: folder.path) }
    #expect(problem?.kind == .cannotWrite)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["note"])
  }

  @Test func equalSeedsGiveEqualModels() throws {
    func weights(_ seed: UInt64) throws -> [[Float]] {
      try tinyModel("gemma3", seed: seed).parameters.map { $0.variable.value.floats() }
    }
    #expect(try weights(1) == weights(1))
    #expect(try weights(1) != weights(2))
  }

  @Test func trainingDoesNotTouchTheModelItStartedFrom() throws {
    let model = try tinyModel("llama")
    let before = model.logits(ids: ids, layout: layout).floats()
    let policy = model.makeTrainable()
    #expect(policy.logits(ids: ids, layout: layout).floats() == before)
    for (_, variable) in policy.parameters {
      variable.value.withBytes { bytes in
        UnsafeMutableRawBufferPointer(mutating: bytes).bindMemory(to: Float.self)[0] += 1
      }
    }
    #expect(model.logits(ids: ids, layout: layout).floats() == before)
    #expect(policy.logits(ids: ids, layout: layout).floats() != before)
  }
}
