import Foundation
import Kernels
import Testing

@testable import Formats

/// Schemas and faults that the goldens do not show.
struct DataSetTests {
  /// Writes `text` to a file of its own and reads it.
  private func scan(_ text: String, name: String = "rows.jsonl") throws -> DataSet {
    try withFile(text, name: name) { try DataSet.scan(path: $0) }
  }

  private func withFile<Result>(
    _ text: String, name: String = "rows.jsonl", _ body: (String) throws -> Result
  ) throws -> Result {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("crucible-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return try body(file.path)
  }

  static let examples: [(row: String, schema: String)] = [
    (#"{"prompt": "a"}"#, "prompts"),
    (#"{"prompt": [{"role": "user", "content": "a"}], "reference": 5}"#, "prompts"),
    (#"{"prompt": "a", "completion": "b"}"#, "prompt and completion"),
    (#"{"prompt": "a", "completion": "b", "label": false}"#, "unpaired preference"),
    (
      #"{"prompt": "a", "completions": ["b", "c"], "labels": [true, false]}"#,
      "stepwise supervision"
    ),
    (#"{"prompt": "a", "response": "b", "model": "m"}"#, "prompt and response"),
    (#"{"prompt": "a", "generated_text": "b"}"#, "generated response"),
    (#"{"prompt": "a", "all_generated_responses": ["b", "c"]}"#, "sampled responses"),
    (#"{"question": "a", "answer": "b\n#### 1,200"}"#, "question and answer"),
    (#"{"text": "a"}"#, "text"),
    (#"{"instruction": "a", "input": "b", "output": "c"}"#, "alpaca"),
    (#"{"chosen": "ab", "rejected": "ac"}"#, "preference, text, prompt implied"),
    (#"{"input_ids": [1, 2], "labels": [-100, 2]}"#, "tokenised rows"),
    (
      #"{"chosen_input_ids": [1, 2], "chosen_labels": [-100, 2], "rejected_input_ids": [1, 3], "#
        + #""rejected_labels": [-100, 3]}"#, "tokenised rows"
    ),
    (
      #"{"instruction": "a", "completions": [{"model": "m", "response": "b", "annotations": "#
        + #"{"honesty": {"Rating": "4"}, "helpfulness": {"Rating": "N/A"}}}]}"#, "ultrafeedback"
    ),
  ]

  @Test(arguments: examples)
  func recognisesTheSchema(row: String, schema: String) throws {
    let data = try scan(row + "\n")
    #expect(data.schema.name == schema)
    #expect(data.rows.count == 1, "\(data.refused)\(data.skipped)")
  }

  @Test func keepsWhatTheSchemaDoesNotUse() throws {
    let data = try scan(
      #"{"id": "x1", "prompt": "a", "skill": "s", "checks": [1], "reference": "r"}"#)
    let row = try #require(data.rows.first)
    #expect(row.id == "x1" && row.reference == "r")
    #expect(row.fields.keys == ["skill", "checks"])
    #expect(row.prompt == [Message(role: "user", content: "a")] && row.promptText == nil)
  }

  @Test func splitsAnImpliedPromptAsTRLDoes() {
    func border(_ a: String, _ b: String) -> Int? {
      sharedPrompt(Array(a.unicodeScalars), Array(b.unicodeScalars)) { $0 == " " }
    }
    #expect(border("Hi. Yes", "Hi. No") == 3)
    #expect(border("abX", "abY") == 2)
    #expect(border("ab", "abc") == 1, "the last common character goes to the responses")
    #expect(border("X", "Y") == 0)
    #expect(border("", "a") == nil)
    #expect(border("e\u{301}x", "e\u{300}x") == 1, "a split may fall before a combining mark")
  }

  static let faults: [(row: String, what: String)] = [
    (
      #"{"prompt": {"role": "user", "content": "a"}, "rejected": []}"#,
      "missing chosen; rejected is empty"
    ),
    (
      #"{"prompt": {"role": "usr", "content": "a"}, "chosen": [{"role": "assistant", "content": "b"}, "#
        + #"{"role": "assistant", "content": "c"}], "rejected": [{"role": "user", "content": "d"}]}"#,
      "unknown role 'usr', did you mean 'user'?; "
        + "a response must have the role 'assistant', not 'user'"
    ),
    (
      #"{"prompt": "a", "prompt": "b"}"#,
      "key 'prompt' comes twice in the object that begins here (byte 0)"
    ),
    (
      #"{"prompt": "a", "chosen": "b", "rejected": 5}"#,
      "rejected must be a string, not a whole number"
    ),
    (
      #"{"prompt": "a", "chosen": "b", "rejected": "c", "score_chosen": "x"}"#,
      "score_chosen must be a number, not a string"
    ),
    (
      #"{"chosen_input_ids": [1], "chosen_labels": [1, 2], "rejected_input_ids": [-1], "#
        + #""rejected_labels": [1]}"#,
      "2 labels for 1 ids; rejected_input_ids must be an array of token ids"
    ),
    (
      #"{"prompt": "a", "all_generated_responses": ["b"], "all_rm_scores": [1, 2]}"#,
      "all_rm_scores has 2 scores for 1 responses"
    ),
  ]

  @Test(arguments: faults)
  func refusesWithLineAndKey(row: String, what: String) throws {
    let data = try scan("\n" + row + "\n" + #"{"prompt": "fine"}"# + "\n")
    let problem = try #require(data.refused.first)
    #expect(problem.what == what)
    #expect(problem.place?.contains("rows.jsonl:2") == true)
    #expect(problem.kind == .badData)
  }

  @Test func skipsRowsThatTeachNothingUntilThereAreTooMany() throws {
    let good = #"{"prompt": "a", "chosen": "b", "rejected": "c"}"#
    let same = #"{"prompt": "a", "chosen": "b", "rejected": "b"}"#
    let empty = #"{"prompt": "a", "chosen": " ", "rejected": "b"}"#
    let text = ([same, empty] + Array(repeating: good, count: 18)).joined(separator: "\n")
    let data = try withFile(text) { try DataSet.read(path: $0) }
    #expect(data.rows.count == 18)
    #expect(data.skipped.map(\.what) == ["chosen and rejected are the same", "empty response"])
    #expect(throws: Problem.self) {
      try withFile(text) { try DataSet.read(path: $0, skipLimit: 0.05) }
    }
  }

  @Test func acceptsByteOrderMarkAndCarriageReturns() throws {
    let data = try scan("\u{FEFF}{\"text\": \"a\"}\r\n\r\n{\"text\": \"b\"}\r\n")
    #expect(data.rows.map(\.chosen) == ["a", "b"])
    #expect(data.rows.map(\.line) == [1, 3])
  }

  @Test func readsAnArrayWithLines() throws {
    let data = try scan("[\n{\"text\": \"a,[\\\"\"},\n\n{\"text\":\n \"b\"}]", name: "rows.json")
    #expect(data.rows.map(\.line) == [2, 4])
  }

  @Test(arguments: ["", "\n \n", "5\n", #"{"colour": "blue"}"#, #"{"prompt": "#])
  func refusesFilesWithoutRows(text: String) throws {
    #expect(throws: Problem.self) { try scan(text) }
  }

  @Test func saysWhenTheLastRowIsCutShort() throws {
    let data = try scan("{\"text\": \"a\"}\n{\"text\": \"b")
    #expect(data.refused.first?.hint == "the file ends in the middle of this row")
    #expect(data.refused.first?.what == "invalid JSON")
  }

  @Test func choosesTheBestAndTheWorstResponse() throws {
    let data = try scan(
      #"{"prompt": "a", "all_generated_responses": ["x", "y", "z"], "all_rm_scores": [1, 3, 1]}"#)
    let row = try #require(data.rows.first)
    #expect(row.best == 1 && row.worst == 0)
    #expect(row.chosen == "y" && row.rejected == "x" && row.chosenScore == 3)
  }
}
