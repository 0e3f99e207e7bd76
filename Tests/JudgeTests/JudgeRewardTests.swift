import Foundation
import PluginAPI
import Testing

@testable import Judge

struct JudgeRewardTests {
  private func refused(
    _ key: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ change: (inout JudgeOptions) -> Void
  ) {
    #expect(sourceLocation: sourceLocation) {
      _ = try judge(Rule { _ in nil }, change)
    } throws: { ($0 as? OptionError)?.key == key }
  }

  @Test func optionsAreChecked() {
    refused("model") { $0.model = nil }
    for scale in [[], [1], [10, 1], [3, 3], [1, 101], [-1, 4], [1, 2, 3]] {
      refused("scale") { $0.scale = scale }
    }
    refused("rubric") { $0.rubric = "rate this" }
    refused("questions") { $0.mode = .questions }
    refused("rubric") {
      $0.mode = .questions
      $0.questions = try? yaml("code")
      $0.rubric = "{response}"
    }
    refused("rubric") {
      $0.mode = .pairwise
      $0.rubric = "{a}"
    }
    refused("strength") {
      $0.mode = .pairwise
      $0.against = .reference
      $0.strength = .bradleyTerry
    }
  }

  /// Whatever changes a score changes the identity, and nothing has the same by accident.
  @Test func identitiesDiffer() throws {
    let changes: [(inout JudgeOptions) -> Void] = [
      { _ in }, { $0.maxTokens = 5 }, { $0.read = .written }, { $0.scale = [1, 5] },
      { $0.rubric = "{response}?" }, { $0.model = handle(Rule(identity: "other") { _ in nil }) },
      {
        $0.model = handle(
          Rule { _ in nil }, fewShot: [Message(role: "user", content: "first")])
      },
      { $0.mode = .pairwise },
      {
        $0.mode = .pairwise
        $0.seed = 2
      },
      {
        $0.mode = .pairwise
        $0.strength = .bradleyTerry
      },
      {
        $0.mode = .questions
        $0.questions = try? yaml("code")
      },
      {
        $0.mode = .questions
        $0.questions = try? yaml("[{ask: A?, good: yes}]")
      },
      {
        $0.mode = .questions
        $0.questions = try? yaml("[{ask: A?, good: no}]")
      },
      {
        $0.mode = .questions
        $0.questions = try? yaml("[{ask: A?, good: no}]")
        $0.soft = true
      },
    ]
    let identities = try changes.map { try judge(Rule { _ in nil }, $0).identity }
    #expect(Set(identities).count == changes.count)
    #expect(try judge(Rule { _ in nil }, changes[7]).identity == identities[7])
  }

  @Test func modelsThatOnlyAnswerHaveNoProbabilities() throws {
    let reward = try judge(Rule { _ in "5" }) { $0.read = .logits }
    #expect(throws: Problem.self) { try reward.judge(completions(["x"])) }
    #expect(try judge(Rule { _ in "5" }).scores(completions(["x"])) == [5])
  }

  @Test func fewShotTurnsComeFirst() throws {
    let model = try tinyModel(template: false)
    let shots = [
      Message(role: "user", content: "Is it good?"), Message(role: "assistant", content: "yes"),
    ]
    func scores(_ handle: ModelHandle) throws -> [Float] {
      var options = JudgeOptions()
      options.model = handle
      return try JudgeReward(options).scores(completions(["x"]))
    }
    #expect(try scores(handle(model)) != scores(handle(model, fewShot: shots)))
  }

  @Test func optionsAreReadFromRecipes() throws {
    var problems: [Problem] = []
    let node = try yaml(
      "{mode: pairwise, read: logits, against: reference, strength: bradley-terry, "
        + "calibrate: probe.jsonl, scale: [0, 5]}")
    let options = OptionReader.read(
      JudgeOptions.self, from: node, into: &problems, OptionContext(folder: "/data"))
    #expect(problems.isEmpty, "\(problems)")
    #expect(options.mode == .pairwise && options.read == .logits && options.scale == [0, 5])
    #expect(options.strength == .bradleyTerry && options.calibrate == .file("/data/probe.jsonl"))
  }
}
