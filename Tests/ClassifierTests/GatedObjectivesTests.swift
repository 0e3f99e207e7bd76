import PluginAPI
import Testing

@testable import Classifier

/// The ArmoRM layout: regression heads, a gate that reads the end of the prompt.
@Suite struct GatedObjectivesTests {
  @Test func objectivesGatesAndScoreAgreeWithTorch() throws {
    let fixture = try RewardFixture("armorm")
    let scores = try fixture.reward().judge(fixture.batch)
    for (row, score) in zip(fixture.rows, scores) {
      #expect(isClose(score.value, try #require(row.expected["score"]?.double)))
      let wanted = row.numbers("objectives") + row.numbers("gates")
      #expect(score.parts.count == wanted.count)
      #expect(zip(score.parts, wanted).allSatisfy { isClose($0.value, $1) })
    }
    #expect(
      scores[0].parts.map(\.name) == [
        "helpfulness", "correctness", "verbosity", "safety", "gate helpfulness",
        "gate correctness", "gate verbosity", "gate safety",
      ])
  }

  /// The published code looks for the tokens of the assistant's header; we for the prompt's end.
  @Test func theGateReadsWhereThePublishedCodeDoes() throws {
    let fixture = try RewardFixture("armorm")
    let model = try LoadedModel.open(fixture.path)
    for row in fixture.rows {
      let judged = try model.judged(
        prompt: row.completion.prompt.messages, response: row.completion.response, maxLength: 256,
        findsPromptEnd: true)
      #expect(judged.promptEnd == row.expected["gate_place"]?.int)
      #expect(judged.ids.count == row.expected["tokens"]?.int)
    }
  }

  @Test func oneObjectiveMayBeTheScore() throws {
    let fixture = try RewardFixture("armorm")
    let scores = try fixture.reward { $0.label = .name("verbosity") }.scores(fixture.batch)
    for (row, score) in zip(fixture.rows, scores) {
      #expect(isClose(score, row.numbers("objectives")[2]))
    }
    #expect(throws: OptionError.self) { try fixture.reward { $0.function = .sigmoid } }
  }

  @Test func aPromptThatIsCutOffIsNoPrompt() throws {
    let fixture = try RewardFixture("armorm")
    let scores = try fixture.reward { $0.maxLength = 30 }.judge(fixture.batch)
    #expect(scores[1].value.isNaN, "46 tokens follow its prompt")
    #expect(scores[1].failure?.contains("max_length") == true)
    #expect(scores[0].value.isFinite, "22 do here")
  }
}
