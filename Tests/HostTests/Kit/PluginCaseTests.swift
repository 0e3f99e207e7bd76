import Foundation
import PluginAPI
import Testing

@testable import Host

struct PluginCaseTests {
  @Test(arguments: [
    (#"{"score": 1}"#, 1, nil), (#"{"score": 1}"#, 1.2, "score 1.2000, expected 1"),
    (#"{"score": 1, "within": 0.3}"#, 1.2, nil),
    (#"{"at_least": 0}"#, -1, "score -1.0000, expected at least 0"),
    (#"{"at_most": 0}"#, -1, nil),
    (#"{"at_least": 0, "at_most": 1}"#, 2, "score 2.0000, expected at most 1"),
    (#"{"score": null}"#, Float.nan, nil), (#"{"score": null}"#, 1, "score 1.0000, expected none"),
    (#"{"at_most": 0}"#, Float.nan, "score no score, expected at most 0"),
  ])
  func comparesScores(row: String, score: Float, fault: String?) throws {
    let expectation = try #require(
      ScoreExpectation(try JSON.parse(Array(row.utf8), source: "test")))
    #expect(expectation.fault(of: RewardScore(score)) == fault)
  }

  @Test func readsRowsOfAllKinds() throws {
    let path = try temporaryFolder() + "/tests.jsonl"
    try LocalFiles().writeAtomically(
      """
      {"prompt": "a", "response": "b", "score": 1, "options": {"target": 2}, "plugin": "x"}
      {"prompt": "a", "answer": "b", "seed": 7}
      {"recipe": "r.yaml", "set": {"data.limit": 3, "name": "n"}, "fails": "words"}
      """, to: path)
    let cases = try PluginCase.read(path: path)
    #expect(cases.map(\.place) == ["\(path):1", "\(path):2", "\(path):3"])
    #expect(cases[0].plugin == "x" && cases[0].options["target"] == 2)
    guard case .answer(let answer) = cases[1].question, case .recipe(let recipe) = cases[2].question
    else {
      Issue.record("the kinds of the rows")
      return
    }
    #expect(answer.seed == 7 && answer.settings.temperature == 0)
    #expect(recipe.changes == ["data.limit=3", "name=n"] && recipe.failure == "words")
  }

  @Test func namesEveryRowThatIsNone() throws {
    let path = try temporaryFolder() + "/tests.jsonl"
    try LocalFiles().writeAtomically(
      """
      {"prompt": "a", "response": "b"}
      {"prompt": "a", "score": 1}
      {"answer": "b"}
      """, to: path)
    let problems = try #require(throws: Problems.self) { try PluginCase.read(path: path) }
    #expect(problems.all.map(\.place) == ["\(path):1", "\(path):2", "\(path):3"])
    #expect(problems.all.allSatisfy { $0.kind == .badData })
    let missing = try #require(throws: Problem.self) { try PluginCase.read(path: path + "x") }
    #expect(missing.kind == .missingInput)
  }
}
