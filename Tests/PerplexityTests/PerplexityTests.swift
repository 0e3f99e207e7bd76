import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import Perplexity

struct PerplexityTests {
  private func reward(_ change: (inout PerplexityReward.Options) -> Void = { _ in }) throws
    -> PerplexityReward
  {
    var options = PerplexityReward.Options()
    options.model = ModelHandle(reference: ModelReference(location: "words", name: "words")) { _ in
      try ExampleModels.open("words")
    }
    change(&options)
    return try PerplexityReward(options)
  }

  private func completion(_ response: String, prompt: String = "Repeat the word dog 2 times.")
    -> Completion
  {
    Completion(
      prompt: Prompt(id: "p", messages: [Message(role: "user", content: prompt)]),
      response: response)
  }

  /// The same sum from the full logits, which are another path through the model.
  private func plainLogProb(_ completion: Completion) throws -> (sum: Double, tokens: Int) {
    let model = try ExampleModels.open("words")
    let prompt = try model.chatPromptIDs(completion.prompt.messages)
    let response = try model.textIDs(completion.response)
    let ids = prompt + response
    let logits = model.decoder.logits(ids: ids, layout: SequenceLayout(lengths: [ids.count]))
    let (values, width) = (logits.floats(), logits.width)
    let sum = response.indices.reduce(0.0) { sum, index in
      let row = values[(prompt.count + index - 1) * width..<(prompt.count + index) * width]
      let most = Double(row.max() ?? 0)
      let total = row.reduce(0.0) { $0 + exp(Double($1) - most) }
      return sum + Double(row[row.startIndex + Int(response[index])]) - most - log(total)
    }
    return (sum, response.count)
  }

  @Test func isTheMeanLogProbabilityOfTheResponse() throws {
    let rows = [completion("dog dog"), completion("blue"), completion("dog dog dog dog dog")]
    for (row, score) in zip(rows, try reward().judge(rows)) {
      let (sum, tokens) = try plainLogProb(row)
      let expected = Float(sum / Double(tokens))
      #expect(
        abs(score.value - expected) <= 1e-4 * abs(expected) + 1e-5, "f32 sums in another order")
    }
  }

  @Test func unitsFollowFromEachOther() throws {
    let row = completion("dog dog")
    let whole = try reward { $0.per = .response }.judge([row])[0].value
    let byte = try reward { $0.per = .byte }.judge([row])[0].value
    #expect(byte == whole / 7 || abs(byte - whole / 7) < 1e-6)
    let token = try reward().judge([row])[0].value
    let perplexity = try reward { $0.exponential = true }.judge([row])[0].value
    #expect(abs(perplexity + exp(-token)) < 1e-4 * exp(-token))
  }

  @Test func batchesGiveWhatSingleRowsGive() throws {
    let rows = (1...9).map { completion(Array(repeating: "dog", count: $0).joined(separator: " ")) }
    let together = try reward().judge(rows).map(\.value)
    let alone = try rows.map { try reward().judge([$0])[0].value }
    for (a, b) in zip(together, alone) { #expect(abs(a - b) <= 1e-4 * abs(b) + 1e-5) }
  }

  @Test func rowsThatCannotBeReadFail() throws {
    let scores = try reward { $0.maxLength = 30 }.judge([
      completion(""), completion(String(repeating: "dog ", count: 100)),
    ])
    #expect(scores[0].failure == "the response is empty")
    #expect(scores[1].failure?.hasSuffix("tokens exceed the limit of 30") == true)
    #expect(throws: OptionError.self) { try PerplexityReward(PerplexityReward.Options()) }
  }
}
