import Foundation
import Kernels
import Modeling
import TestSupport
import Testing

private let goldenRows = shared("goldens/wrpo/tokenize_rows.jsonl")

@Suite struct RowTokenizerTests {
  @Test(.enabled(if: goldenRows != nil)) func matchesTheReferenceOnRealTokenizers() throws {
    var tokenizers: [String: Tokenizer] = [:]
    let rows = try lines(goldenRows)
    #expect(rows.count == 120)
    for (index, row) in rows.enumerated() {
      let name = try #require(row["tokenizer"]?.string)
      let tokenizer = try tokenizers[name] ?? goldenTokenizer(name)
      tokenizers[name] = tokenizer
      let rowTokenizer = RowTokenizer(endID: Int32(try #require(row["eos_id"]?.int))) {
        try tokenizer.encodeIDs($0, addSpecialTokens: false)
      }
      let rule = TruncationRule(
        maxLength: try #require(row["max_length"]?.int),
        maxPromptLength: try #require(row["max_prompt_length"]?.int),
        promptEnd: row["truncation_mode"]?.string == "keep_end" ? .keepEnd : .keepStart,
        responseCut: .fixed)
      var found = try rowTokenizer.tokenise(
        prompt: try #require(row["prompt"]?.string), responses: try texts(row))
      rule.apply(to: &found)
      for (key, response) in zip(["chosen0", "chosen1", "rejected0"], found) {
        #expect(response.sequence.ids == ids(row["\(key)_input_ids"]), "row \(index), \(key)")
        #expect(response.sequence.labels == ids(row["\(key)_labels"]), "row \(index), \(key)")
      }
    }
  }

  /// Lengths of prompt and responses before and after, with 2048 tokens and prompts of 1800.
  @Test(arguments: [
    (300, [1900, 120, 500], 300, [248, 120, 248]), (1900, [100, 90, 80], 1900, [100, 90, 80]),
    (2000, [100, 90, 80], 1800, [100, 90, 80]), (1950, [300, 90, 260], 1800, [248, 90, 248]),
    (148, [1900, 1500, 40], 148, [1900, 1500, 40]), (149, [1900, 2, 2], 149, [248, 2, 2]),
  ]) func cutsAsTheReferenceDoes(prompt: Int, responses: [Int], kept: Int, cut: [Int]) {
    var row = row(prompt, responses)
    TruncationRule(responseCut: .fixed).apply(to: &row)
    #expect(row.map(\.prompt.count) == [kept, kept, kept])
    #expect(row.map(\.response.count) == cut)
    #expect(row[0].prompt.last == Int32(prompt - 1), "the end stays")
  }

  @Test func fittingCutUsesTheWholeLength() {
    var row = row(300, [1900, 120, 500])
    TruncationRule(responseCut: .fit).apply(to: &row)
    #expect(row.map(\.response.count) == [1748, 120, 500])
  }

  @Test func endsAResponseOnce() throws {
    let bytes = RowTokenizer(
      endID: 0, endIDs: [1], endToken: .ifMissing, isBlank: { $0.allSatisfy { $0 == 32 } }
    ) { $0.utf8.map { Int32($0) } }
    let row = try bytes.tokenise(prompt: "a", responses: ["b", "b\u{1}", "b\u{1}  ", "\u{1} b"])
    #expect(row.map(\.response) == [[98, 0], [98, 1], [98, 1], [1, 32, 98, 0]])
  }

  @Test func refusesPromptsThatChangeByMoreThanAToken() {
    let shrinking = RowTokenizer(endID: 0) { text in text.count > 3 ? [1] : [1, 2, 3] }
    #expect(throws: Problem.self) { try shrinking.tokenise(prompt: "abc", responses: ["def"]) }
  }

  @Test func packsIntoWholeBlocks() {
    let rows = (0..<3).map { row in
      let ids = (0..<5).map { Int32(row * 5 + $0) }
      return TrainingRow(sequences: [TrainingRow.Sequence(ids: ids, labels: ids)])
    }
    let blocks = TrainingRow.packed(rows, blockLength: 7)
    #expect(blocks.map { $0.sequences[0].ids } == [Array(0..<7), Array(7..<14)])
  }

  private func row(_ prompt: Int, _ responses: [Int]) -> [PromptedResponse] {
    responses.map {
      PromptedResponse(
        prompt: (0..<prompt).map { Int32($0) }, response: [Int32](repeating: 7, count: $0))
    }
  }

  private func texts(_ row: JSON) throws -> [String] {
    try ["chosen", "rejected"].flatMap { key in
      try #require(row[key]?.array).map { try #require($0.string) }
    }
  }
}

private func ids(_ json: JSON?) -> [Int32] { (json?.array ?? []).map { Int32($0.int ?? -1) } }

private func lines(_ file: URL?) throws -> [JSON] {
  try String(contentsOf: try #require(file), encoding: .utf8).split(separator: "\n").map {
    try JSON.parse(Array($0.utf8), source: "golden")
  }
}

private func goldenTokenizer(_ name: String) throws -> Tokenizer {
  let folder = try #require(shared("goldens/tokenizers/files/\(name)"))
  return try Tokenizer.load(directory: folder.path)
}
