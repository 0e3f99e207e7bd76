import Formats
import Foundation
import Kernels
import Testing

@testable import Modeling

struct AnswerLogProbsTests {
  /// log p(answer | prompt) token by token from all logits, in double.
  private func plain(_ model: DecoderModel, _ prompt: [Int32], _ answer: [Int32]) -> Double {
    var ids = prompt
    return answer.reduce(0) { sum, id in
      let logits = model.logits(ids: ids, layout: SequenceLayout(lengths: [ids.count]))
      let last = logits.floats().suffix(logits.width).map(Double.init)
      ids.append(id)
      return sum + last[Int(id)] - log(last.reduce(0) { $0 + exp($1) })
    }
  }

  private func expectPlain(
    _ model: DecoderModel, _ prompts: [[Int32]], _ answers: [[Int32]], tokensPerPass: Int = 1024
  ) {
    let found = model.answerLogProbs(
      prompts: prompts, answers: answers, tokensPerPass: tokensPerPass)
    #expect(found.count == prompts.count)
    for (prompt, row) in zip(prompts, found) {
      #expect(row.count == answers.count)
      for (answer, value) in zip(answers, row) {
        // Sums of a few dozen f32 products in another order.
        #expect(abs(value - plain(model, prompt, answer)) < 1e-4)
      }
    }
  }

  private let start = (0..<17).map { Int32(3 + $0 * 7 % 50) }
  private let answers: [[Int32]] = [[9], [10], [11, 12], [11, 12, 13], [11], [20, 21]]

  @Test(arguments: ["llama", "qwen2", "gemma3", "gpt2", "phi3"])
  func equalsTheProductOverTokens(_ family: String) throws {
    let model = try tinyModel(family)
    let prompts = [[5], [6, 7, 8], [30, 31], [5, 5]].map { start + $0 }
    expectPlain(model, prompts, answers)
    for limit in [1, 20, 64] { expectPlain(model, prompts, answers, tokensPerPass: limit) }
  }

  @Test func promptsNeedNotShareAnything() throws {
    let model = try tinyModel("llama")
    expectPlain(model, [[4, 5], [6], [7, 8, 9]], answers)
    expectPlain(model, [start], [[9], [10]])
    expectPlain(model, [start], [[9, 3], [10]])
  }

  /// One prompt may be all of another's beginning, or the same.
  @Test func aPromptKeepsATokenOfItsOwn() throws {
    let model = try tinyModel("qwen2")
    expectPlain(model, [start, start + [5], start], answers)
    expectPlain(model, [[5], [5, 6]], answers)
  }

  /// Where the rotary table changes with the length nothing is shared across the change (at 12
  /// tokens in this model).
  @Test func neverSharesAcrossRotaryTables() throws {
    let model = try tinyModel("phi3")
    let short = Array(start[..<10])
    expectPlain(model, [short + [5], short + [6, 7, 8, 9]], [[9], [10]])
  }

  @Test func theSameCallGivesTheSameBits() throws {
    let model = try tinyModel("llama")
    let prompts = [[5], [6, 7, 8]].map { start + $0 }
    let once = model.answerLogProbs(prompts: prompts, answers: answers)
    #expect(model.answerLogProbs(prompts: prompts, answers: answers) == once)
    #expect(model.answerLogProbs(prompts: [], answers: answers).isEmpty)
    #expect(model.answerLogProbs(prompts: prompts, answers: []) == [[], []])
  }
}
