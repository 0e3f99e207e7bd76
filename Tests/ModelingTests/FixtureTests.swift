import Formats
import Kernels
import TestSupport
import Testing

@testable import Modeling

/// The reference that travels with the repository.
struct FixtureTests {
  private let golden: GoldenCase

  init() throws {
    golden = try GoldenCase(
      directory: repositoryRoot.appendingPathComponent("Tests/Fixtures/llama_f16").path)
  }

  @Test func logitsMatchTheReference() throws {
    let batch = try golden.batch("short")
    let logits = try golden.open().logits(ids: batch.packed, layout: batch.layout)
    #expect(
      largestDifference(logits.floats(), try golden.floats("short.logits"))
        <= golden.tolerance("logits_atol"))
  }

  @Test func greedyTokensMatchTheReference() throws {
    let wanted = try golden.ints("greedy.tokens").map { Int32($0) }
    let generator = Generator(
      model: try golden.open(), settings: SamplingSettings(temperature: 0, maxTokens: 24),
      endTokens: [], decode: { _ in "" })
    let job = GenerationJob(
      promptIDs: try golden.ints("greedy.prompt_ids").map { Int32($0) }, samples: [0], seed: 0)
    #expect(try generator.generate([job]) { _, _ in }[0][0].tokenIDs == wanted)
  }
}
