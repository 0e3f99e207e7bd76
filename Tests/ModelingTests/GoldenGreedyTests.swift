import Formats
import Kernels
import TestSupport
import Testing

@testable import Modeling

@Suite(.enabled(if: goldensExist))
struct GoldenGreedyTests {
  @Test(arguments: goldenModels)
  func greedyTokensMatch(_ name: String) throws {
    let golden = try GoldenCase(name)
    let model = try golden.open()
    let prompt = try golden.ints("greedy.prompt_ids").map { Int32($0) }
    let wanted = try golden.ints("greedy.tokens").map { Int32($0) }
    let generator = Generator(
      model: model, settings: SamplingSettings(temperature: 0, maxTokens: wanted.count),
      endTokens: [], decode: { _ in "" })
    let job = GenerationJob(promptIDs: prompt, samples: [0], seed: 0)
    let found = try generator.generate([job]) { _, _ in }[0][0]
    #expect(found.tokenIDs == wanted)
    #expect(found.finish == .length)
    #expect(
      abs(found.logProb - logProb(of: wanted, try golden.floats("greedy.step_logits"))) < 2e-3)
  }

  /// Sum of log-softmax over the reference's step logits.
  private func logProb(of tokens: [Int32], _ logits: [Float]) -> Double {
    let width = logits.count / tokens.count
    return tokens.enumerated().reduce(0) { sum, step in
      let row = Array(logits[step.offset * width..<(step.offset + 1) * width])
      let norm = row.withUnsafeBufferPointer { logSumExp($0) }
      return sum + Double(row[Int(step.element)]) - norm
    }
  }
}
