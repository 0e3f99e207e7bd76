import PluginAPI
import Testing

@testable import Host

/// What is kept of every held-out answer.
struct AnswerRecordTests {
  private func reward(_ name: String, _ weight: Double) -> RewardHandle {
    RewardHandle(name: name, weight: weight, model: LengthReward(), options: "{}", library: "l")
  }

  private struct LengthReward: RewardModel {
    static let name = "length"
    static let summary = "Characters of a response; an empty one cannot be judged."
    init(_ options: NoOptions) {}
    init() {}
    func scores(_ batch: [Completion]) -> [Float] {
      batch.map { $0.response.isEmpty ? .nan : Float($0.response.count) }
    }
  }

  @Test func keepsEveryRewardAndTheirWeightedSum() throws {
    let rewards = [reward("length", 1), reward("length", -0.5)]
    let handle = ModelHandle(reference: ModelReference(location: "m", name: "model")) { _ in
      throw Problem(.failed, "not needed")
    }
    let prompts = [
      Prompt(id: "a", messages: [Message(role: "user", content: "x")], reference: "r"),
      Prompt(id: "b", messages: [Message(role: "user", content: "y")], skill: "sort"),
    ]
    let answers = [
      [answer("four", [1, 2])], [answer("", []), answer("abcdef", [1, 2, 3])],
    ]
    let completions = handle.completions(prompts, answers)
    let judged = try Judgements(by: rewards, count: completions.count) {
      try $0.judge(completions).map { Double($0.value) }
    }
    let records = AnswerRecord.records(
      label: "before", completions: completions, answers: answers, judgements: judged)
    #expect(records.map(\.sample) == [0, 0, 1])
    #expect(
      records[0].json == [
        "label": "before", "model": "model", "id": "a", "skill": "all",
        "prompt": [["role": "user", "content": "x"]], "reference": "r", "response": "four",
        "score": 2.0, "scores": ["length": 4.0, "length 2": 4.0], "tokens": 2, "sample": 0,
      ])
    #expect(records[1].json["score"] == JSON.null)
    #expect(records[1].json["scores"]?["length"] == JSON.null)
    #expect(records[2].json["skill"] == "sort" && records[2].json["score"] == 3.0)
    let row = ResultsTable.Row(label: "before", records: records)
    #expect(row.count == 2 && row.mean == 2.5)
  }

  private func answer(_ text: String, _ ids: [Int32]) -> Generation {
    Generation(text: text, tokenIDs: ids, finish: .stop, logProb: 0)
  }
}
