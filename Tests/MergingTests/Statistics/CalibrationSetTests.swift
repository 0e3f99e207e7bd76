import Foundation
import TestSupport
import Testing

@testable import Merging

/// Reading a few texts for an embedded model.
struct CalibrationSetTests {
  private func set(
    _ lines: [String], samples: Int = 100, seed: UInt64 = 1
  ) throws -> CalibrationSet {
    try withTemporaryFolder { folder in
      let path = folder + "/data.jsonl"
      try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
      return try CalibrationSet(path: path, samples: samples, seed: seed)
    }
  }

  @Test func drawsRowsOnceAndKeepsTheirOrder() throws {
    let lines = (0..<50).map { #"{"text": "word \#($0)"}"# }
    let drawn = try set(lines, samples: 7, seed: 3).rows.map(\.line)
    #expect(drawn.count == 7 && drawn == drawn.sorted() && Set(drawn).count == 7)
    #expect(try drawn == set(lines, samples: 7, seed: 3).rows.map(\.line))
    #expect(try drawn != set(lines, samples: 7, seed: 4).rows.map(\.line))
    #expect(try set(lines).rows.count == 50)
  }

  @Test func allOfATextCountsAndOnlyTheResponseOfAPrompt() throws {
    let model = try ExampleModels.open("words")
    let text = try set([#"{"text": "Name the second of these words: fox cow"}"#])
      .sequences(for: model, maxTokens: 64).sequences[0]
    #expect(text.ids == text.labels && text.ids.count > 4)
    let answer = try set([
      #"{"prompt": "Name the second of these words: fox cow", "reference": "cow"}"#
    ])
    .sequences(for: model, maxTokens: 64).sequences[0]
    let counted = zip(answer.ids, answer.labels).filter { $1 != DecoderModel.ignoredLabel }
    #expect(counted.count < answer.ids.count && counted.allSatisfy { $0 == $1 })
    #expect(model.tokenizer.decode(counted.map { $0.0 }).contains("cow"))
  }

  @Test func longRowsAreCut() throws {
    let model = try ExampleModels.open("words")
    let text = (0..<200).map { "word \($0)" }.joined(separator: " ")
    let cut = try set([#"{"text": "\#(text)"}"#]).sequences(for: model, maxTokens: 16)
    #expect(cut.sequences.map(\.ids.count) == [16] && cut.skipped == 0)
    let prompt = try set([#"{"prompt": "\#(text)", "response": "cow"}"#])
      .sequences(for: model, maxTokens: 16).sequences[0]
    #expect(prompt.ids.count <= 16 && prompt.countedTokens > 0)
  }

  @Test(arguments: [
    [], [#"{"prompt": "What?"}"#], [#"{"number": 3}"#], [#"{"text": }"#],
  ])
  func rowsWithoutTextAreRefused(lines: [String]) throws {
    let model = try ExampleModels.open("words")
    #expect(throws: (any Error).self) {
      try set(lines).sequences(for: model, maxTokens: 16)
    }
  }

  /// The means over tokens of the texts and of the responses, against the model's own sums.
  @Test func lossesAreMeansOverTokens() throws {
    let model = try ExampleModels.open("words")
    let text = #"{"text": "Name the second of these words: fox cow"}"#
    let likelihood = try Perplexity(model).likelihoods(
      of: ["Name the second of these words: fox cow"], places: ["here"])[0]
    #expect(try set([text]).loss(of: model) == likelihood.natsPerToken)
    let answers = try set([
      #"{"prompt": "Sort these numbers: 3 1", "response": "1 3"}"#,
      #"{"prompt": "Name the second of these words: fox cow", "response": "cow"}"#,
    ])
    let sequences = try answers.sequences(for: model, maxTokens: 256).sequences
    var (nats, tokens) = (0.0, 0)
    for sequence in sequences {
      let result = model.decoder.tokenLogProbs(
        Tape(recording: false), ids: sequence.ids,
        layout: SequenceLayout(lengths: [sequence.ids.count]), labels: sequence.labels)
      nats -= result.logProbs.value.floats().reduce(0) { $0 + Double($1) }
      tokens += result.rows.count
    }
    #expect(abs(try answers.loss(of: model) - nats / Double(tokens)) < 1e-9)
  }
}
