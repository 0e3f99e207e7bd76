import PluginAPI
import Testing

@testable import Host

struct ScoredRowsTests {
  private func rows<Value>(_ text: String, _ body: (ScoredRows) throws -> Value) throws -> Value {
    try withTemporaryFolder { folder in
      let path = "\(folder)/rows.jsonl"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return try body(try ScoredRows(path: path))
    }
  }

  @Test func whatWasSaidBeforeIsGone() throws {
    let text = """
      {"prompt": "p", "response": "a", "score": 9, "error": "old", "parts": {"x": 1}, "kept": true}
      """
    let scored = try rows(text) {
      $0.scored(labels: ["r"], scores: [[RewardScore(-0.1)]], totals: [-0.1])[0]
    }
    #expect(scored["score"]?.double == -0.1 && scored["kept"]?.bool == true)
    #expect(scored["error"] == nil && scored["parts"] == nil)
  }

  @Test func severalRewardsAreToldApartAndFailuresSaid() throws {
    let scores = [[RewardScore(0.1)], [RewardScore(failure: "why")]]
    let scored = try rows(#"{"prompt": "p", "response": "a"}"#) {
      $0.scored(labels: ["a", "b"], scores: scores, totals: [.nan])[0]
    }
    #expect(scored["score"] == .null && scored["error"]?.string == "why")
    #expect(scored["scores"]?["a"]?.double == 0.1, "as the f32 is written")
    #expect(scored["scores"]?["b"] == .null)
  }

  @Test func answersToOnePromptShareIt() throws {
    let text = """
      {"prompt": "p", "response": "a"}
      {"prompt": "q", "response": "b"}
      {"prompt": "p", "response": "c"}
      {"prompt": "p", "id": "other", "response": "d"}
      """
    let prompts = try rows(text) { $0.completions.map { "\($0.prompt.id) \($0.prompt.place)" } }
    #expect(prompts[0] == prompts[2] && Set(prompts).count == 3)
  }

  @Test(arguments: [
    ("", "holds no rows"), (#"{"prompt": "p"}"#, "the row has no 'response'"),
    (#"{"prompt": "p", "response": 5}"#, "'response' is a whole number"), ("[1]", "found an array"),
  ])
  func saysWhatIsWrongWithARow(text: String, words: String) throws {
    let problem = #expect(throws: Problem.self) { try rows(text) { _ in } }
    #expect(problem?.what.contains(words) == true, "\(problem?.what ?? "")")
  }

  @Test func marksAreTrueOrAboveZero() throws {
    let text = """
      {"prompt": "p", "response": "a", "right": true}
      {"prompt": "p", "response": "b", "right": 0}
      """
    #expect(try rows(text) { try $0.marks("right") } == [true, false])
    #expect(throws: Problem.self) { try rows(text) { try $0.marks("wrong") } }
  }
}
