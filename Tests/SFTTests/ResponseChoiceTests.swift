import PluginAPI
import Testing

@Suite struct ResponseChoiceTests {
  @Test func equalScoresGoToTheFirst() {
    let responses = responses([("a", 1), ("b", 3), ("c", 3), ("d", 1)])
    #expect(ResponseChoice.best(responses)?.text == "b")
    #expect(ResponseChoice.worst(responses)?.text == "a")
  }

  @Test func unjudgedResponsesArePassedOver() {
    let responses = responses([("a", .nan), ("b", 0.5), ("c", .infinity), ("d", -.infinity)])
    #expect(ResponseChoice.best(responses)?.text == "b")
    #expect(ResponseChoice.worst(responses)?.text == "b")
    #expect(ResponseChoice.best([ScoredResponse]()) == nil)
  }

  @Test func tiesTeachNothingUnlessKept() {
    let tied = responses([("a", 1), ("b", 1), ("a", 1)])
    #expect(ResponseChoice.extremes(tied) == nil)
    let kept = ResponseChoice.extremes(tied, keepTies: true)
    #expect(kept?.best.text == "a" && kept?.worst.text == "b")
    #expect(ResponseChoice.extremes(responses([("a", 1), ("a", 1)]), keepTies: true) == nil)
    // One text with two scores (a reward that is not a function) is no preference either.
    #expect(ResponseChoice.extremes(responses([("a", 1), ("a", 0)])) == nil)
  }

  @Test func splitIsAPartitionInFileOrder() {
    let prompts = (0..<10).map { Prompt(id: "\($0)", messages: []) }
    let split = PromptSplit(prompts, share: 1.0 / 3, seed: 42)
    #expect(split.fineTuning.count == 3 && split.preference.count == 7)
    let ids = (split.fineTuning + split.preference).compactMap { Int($0.id) }
    #expect(Set(ids) == Set(0..<10))
    #expect(split.preference.compactMap { Int($0.id) } == ids.suffix(7).sorted())
    let again = PromptSplit(prompts, share: 1.0 / 3, seed: 42)
    #expect(again.fineTuning.map(\.id) == split.fineTuning.map(\.id))
    #expect(PromptSplit(prompts, share: 1, seed: 1).preference.isEmpty)
    #expect(PromptSplit(prompts, share: 0, seed: 1).fineTuning.isEmpty)
  }

  private func responses(_ scored: [(String, Double)]) -> [ScoredResponse] {
    scored.enumerated().map { index, item in
      ScoredResponse(text: item.0, score: item.1, modelName: "m", sample: index)
    }
  }
}
