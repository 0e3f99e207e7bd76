import PluginAPI
import Testing

@testable import Verifiable

@Suite struct VerifiableRewardTests {
  private func completion(_ fields: JSONObject, _ response: String) -> Completion {
    let prompt = Prompt(id: "p", messages: [], fields: fields, place: "train.jsonl:7")
    return Completion(prompt: prompt, response: response)
  }

  private let fields: JSONObject = [
    "checks": .array([
      .object(["type": "exact", "value": "b a", "weight": .int(3)]),
      .object(["type": "words", "exactly": .int(2)]),
    ])
  ]

  @Test func scoresInBatchOrder() throws {
    let reward = try VerifiableReward(VerifiableReward.Options())
    let batch = ["b a", "a b", "a"].map { completion(fields, $0) }
    #expect(try reward.scores(batch) == [1, 0.25, 0])
  }

  @Test func requiresAllWhenAsked() throws {
    var options = VerifiableReward.Options()
    options.all = true
    let reward = try VerifiableReward(options)
    #expect(try reward.scores([completion(fields, "a b"), completion(fields, "b a")]) == [0, 1])
    #expect(try reward.identity != VerifiableReward(VerifiableReward.Options()).identity)
  }

  @Test func namesTheRowAndTheCheckOfAMistake() throws {
    let reward = try VerifiableReward(VerifiableReward.Options())
    let bad: JSONObject = ["checks": .array([.object(["type": "numeric"])])]
    let error = #expect(throws: Problems.self) {
      try reward.scores([completion(bad, "1"), completion(bad, "2")])
    }
    #expect(error?.all.count == 1, "one mistake is told once, however many responses it concerns")
    #expect(error?.description.hasPrefix("train.jsonl:7: checks[0]: ") == true)
  }

  @Test func usesTheRecipesChecksForRowsWithoutTheirOwn() throws {
    func scalar(_ text: String, _ line: Int) -> YAMLNode {
      YAMLNode(.scalar(YAMLScalar(text)), at: TextMark(source: "r.yaml", line: line, column: 3))
    }
    func check(_ entries: (String, String)...) -> YAMLNode {
      let mark = TextMark(source: "r.yaml", line: 4, column: 1)
      return YAMLNode(
        .sequence([
          YAMLNode(
            .mapping(
              entries.map { YAMLEntry(key: $0.0, keyMark: mark, value: scalar($0.1, 4)) }),
            at: mark)
        ]), at: mark)
    }
    var options = VerifiableReward.Options()
    options.checks = check(("type", "words"), ("at_most", "1"))
    let reward = try VerifiableReward(options)
    #expect(try reward.scores([completion([:], "a"), completion([:], "a b")]) == [1, 0])

    options.checks = check(("type", "wrods"))
    let error = #expect(throws: Problems.self) { try VerifiableReward(options) }
    #expect(error?.description.hasPrefix("r.yaml:4:1: checks[0]: unknown type") == true)
  }
}
