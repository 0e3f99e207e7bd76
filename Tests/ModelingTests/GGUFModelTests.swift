import Formats
import Kernels
import TestSupport
import Testing

@testable import Modeling

@Suite(.enabled(if: shared("goldens/gguf") != nil))
struct GGUFModelTests {
  @Test(arguments: ["llama_f16", "qwen2_q8"])
  func logitsAndGreedyMatch(_ name: String) throws {
    let model = try DecoderModel.open(path(name + ".gguf"))
    let golden = try SafetensorsFile(path: path(name + ".golden.safetensors"))
    let info = try JSON.parse(file: path(name + ".golden.json"))
    let input = try golden.tensor("input_ids")
    let ids = integers(input).map { Int32($0) }
    let layout = SequenceLayout(
      lengths: Array(repeating: input.shape[1], count: input.shape[0]))
    let tolerance = try #require(info["tolerance"]?["logits_atol"]?.double)
    #expect(
      largestDifference(
        model.logits(ids: ids, layout: layout).floats(), try golden.tensor("logits").floats())
        <= Float(tolerance))

    let wanted = integers(try golden.tensor("greedy.tokens")).map { Int32($0) }
    let prompt = integers(try golden.tensor("greedy.prompt_ids")).map { Int32($0) }
    let generator = Generator(
      model: model, settings: SamplingSettings(temperature: 0, maxTokens: wanted.count),
      endTokens: [], decode: { _ in "" })
    let found = try generator.generate(
      [GenerationJob(promptIDs: prompt, samples: [0], seed: 0)]) { _, _ in }
    #expect(found[0][0].tokenIDs == wanted)
  }

  @Test(arguments: ["llama_f16", "qwen2_q8"])
  func weightsCarryCheckpointNamesAndOrder(_ name: String) throws {
    let model = try DecoderModel.open(path(name + ".gguf"))
    let golden = try SafetensorsFile(path: path(name + ".golden.safetensors"))
    let tensors = Dictionary(
      uniqueKeysWithValues: model.checkpointTensors.map { ($0.name, $0.tensor) })
    for name in golden.names where name.hasPrefix("hf.") {
      let found = try #require(tensors[String(name.dropFirst(3))], "\(name)")
      let wanted = try golden.tensor(name).floats()
      #expect(largestDifference(dequantised(found).floats(), wanted) < 1e-6, "\(name)")
    }
  }

  @Test func typesThatAreNotSupportedAreNamed() throws {
    let problem = #expect(throws: Problem.self) {
      try DecoderModel.open(path("llama_mixed.gguf"))
    }
    #expect(problem?.what.contains("Q2_K") == true || problem?.what.contains("Q3_K") == true)
  }

  private func path(_ name: String) -> String { shared("goldens/gguf/\(name)")?.path ?? "" }
}
