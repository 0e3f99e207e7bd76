import Foundation
import Kernels
import TestSupport
import Testing

@testable import Formats

/// Every schema of the shared examples against its normal form.
struct DataSetGoldenTests {
  static let names = [
    "wrpo_messages", "wrpo_messages_array", "wrpo_text", "trl_standard_explicit",
    "trl_standard_implicit", "trl_conversational_explicit", "trl_conversational_implicit",
    "ultrafeedback_binarized", "scored_samples", "sft_messages", "sft_prompt_completion",
    "sharegpt", "alpaca",
  ]

  @Test(.enabled(if: shared("goldens/preference_schemas") != nil), arguments: names)
  func importsTheNormalForm(name: String) throws {
    let folder = try #require(shared("goldens/preference_schemas"))
    let input = ["jsonl", "json"].map { folder.appendingPathComponent("\(name).\($0)").path }
      .first { FileManager.default.fileExists(atPath: $0) }
    let data = try DataSet.read(path: try #require(input))
    let expected = try parse(folder.appendingPathComponent("\(name).expected.json"))
    #expect(data.rows.count == expected.array?.count)
    for (row, wanted) in zip(data.rows, expected.array ?? []) {
      for key in wanted.object?.keys ?? [] {
        #expect(value(of: key, in: row) == wanted[key], "\(name):\(row.line) \(key)")
      }
    }
  }

  /// A row's value under the name that the expected files give it.
  private func value(of key: String, in row: ExampleRow) -> JSON? {
    let text = row.promptText ?? row.prompt.first?.content
    return switch key {
    case "prompt": .array(row.prompt.map(\.json))
    case "prompt_text": text.map { .string($0) }
    case "messages": .array(row.messages.map(\.json))
    case "source_chosen", "source_chosen_text": row.sourceChosen.map { .string($0) }
    case "target_chosen", "target_chosen_text": row.targetChosen.map { .string($0) }
    case "chosen", "chosen_text", "completion_text", "output": row.chosen.map { .string($0) }
    case "rejected", "rejected_text": row.rejected.map { .string($0) }
    case "chosen_messages": .array(row.chosenMessages.map(\.json))
    case "rejected_messages": .array(row.rejectedMessages.map(\.json))
    case "score_chosen": row.chosenScore.map { .number($0) }
    case "score_rejected": row.rejectedScore.map { .number($0) }
    case "responses": .array(row.responses.map { .string($0.text) })
    case "scores": .array(row.responses.map { .number($0.score ?? .infinity) })
    case "best": row.best.map { .int(Int64($0)) }
    case "worst": row.worst.map { .int(Int64($0)) }
    default: row.fields[key]
    }
  }

  @Test(.enabled(if: shared("goldens/preference_schemas") != nil))
  func refusesMalformedRowsOneByOne() throws {
    let folder = try #require(shared("goldens/preference_schemas"))
    let path = folder.appendingPathComponent("wrpo_malformed.jsonl").path
    let data = try DataSet.scan(path: path)
    #expect(data.schema.name == "wrpo")
    let expected = try parse(folder.appendingPathComponent("wrpo_malformed.expected.json"))
    for row in expected.array ?? [] {
      let line = try #require(row["line"]?.int)
      let refusal = data.refused.first { problem in
        let place = problem.place ?? ""
        return place == "\(path):\(line)" || place.hasPrefix("\(path):\(line):")
      }
      #expect(refusal?.what == row["error"]?.string, "line \(line)")
      #expect(data.rows.contains { $0.line == line } == (row["ok"]?.bool ?? false))
    }
    #expect(throws: Problems.self) { try DataSet.read(path: path) }
  }

  @Test(.enabled(if: shared("goldens/wrpo") != nil))
  func readsTokenisedRowsAndTheirPreferences() throws {
    let folder = try #require(shared("goldens/wrpo"))
    let tokenised = try DataSet.read(path: folder.appendingPathComponent("tokenised.jsonl").path)
    let preferences = try DataSet.read(
      path: folder.appendingPathComponent("preferences.jsonl").path)
    #expect(tokenised.schema.name == "tokenised rows")
    #expect(preferences.schema.name == "wrpo")
    #expect(tokenised.rows.count == 24 && preferences.rows.count == 24)
    let first = try #require(tokenised.rows.first?.tokens)
    #expect(first.source?.ids.count == 37 && first.chosen.ids.count == 33)
    #expect(first.rejected?.labels.first { $0 != -100 } == 3)
  }

  @Test(.enabled(if: shared("data/gsm8k/test.jsonl") != nil))
  func readsGSM8KWithItsNumbers() throws {
    let path = try #require(shared("data/gsm8k/test.jsonl")).path
    let data = try DataSet.read(path: path)
    #expect(data.rows.count == 1319)
    #expect(data.rows[0].reference == "18")
    #expect(data.rows.allSatisfy { Double($0.reference ?? "") != nil })
  }

  private func parse(_ file: URL) throws -> JSON {
    try JSON.parse([UInt8](Data(contentsOf: file)), source: file.path)
  }
}
