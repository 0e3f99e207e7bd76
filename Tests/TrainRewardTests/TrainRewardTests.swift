import PluginAPI
import TestSupport
import Testing

@testable import TrainReward

@Suite struct TrainRewardTests {
  /// A job whose training only keeps notes: the "trained" model is the target with a fresh head.
  private func job(prompts: Int = 10) throws -> FakeJob {
    let target = try ExampleModels.open("target")
    let reward = target.withScoreHead(labels: 1, seed: 3)
    let job = FakeJob(
      sources: ["a", "b"], prompts: prompts, models: ["target": target, "reward": reward])
    job.tokenising = reward
    job.answers = { model, _ in
      model == "a" ? [("dog cat", 1), ("fish", 0.2)] : [("fish fish fish", 0), ("bird", .nan)]
    }
    return job
  }

  @Test func trainsOnPairsOfTheSourcesAnswers() throws {
    let job = try job()
    let result = try TrainRewardStrategy(.init()).fuse(job)
    #expect(result.name == "reward")
    #expect(job.sampled.map(\.model) == ["a", "b"])
    let stage = try #require(job.stages.first)
    #expect(stage.objective.quantity == .scores)
    #expect(stage.rows.count == 9, "one prompt of ten is held out")
    let model = try #require(job.tokenising)
    let row = stage.rows[0]
    let turns = job.prompts[0].messages + [Message(role: "assistant", content: "dog cat")]
    #expect(row.sequences.count == 2)
    #expect(row.margin == 0)
    #expect(
      stage.rows.contains {
        (try? model.chatIDs(turns, addGenerationPrompt: false)) == $0.sequences[0].ids
      }, "the classifier reads the same ids")
    #expect(row.sequences[0].countedTokens == 0, "no token is learnt")
  }

  @Test func reportsOnHeldOutPairs() throws {
    let job = try job()
    _ = try TrainRewardStrategy(.init()).fuse(job)
    let lines = try #require(job.outputs["reward-metrics.jsonl"])
    #expect(lines[0]["pairs"]?.int == 1)
    let pair = try #require(lines.last)
    let model = try #require(job.tokenising)
    let prompt = try #require(
      job.prompts.first { $0.place == pair["place"]?.string }, "the pair says where it is from")
    let ids = try model.judged(prompt: prompt.messages, response: "dog cat", maxLength: 256).ids
    let score = model.decoder.scores(ids: ids, layout: SequenceLayout(lengths: [ids.count]))
    #expect(abs(Double(score.floats()[0]) - (pair["chosen"]?.double ?? .nan)) < 1e-5)
    #expect(job.outputs["preferences.jsonl"]?.count == 9)
    #expect(job.outputs["heldout-preferences.jsonl"]?.count == 1)
  }

  @Test func marginsAreScoresOrConstant() throws {
    var options = TrainRewardStrategy.Options()
    options.heldoutShare = 0
    options.margin = .scores
    let scores = try job()
    _ = try TrainRewardStrategy(options).fuse(scores)
    #expect(scores.stages[0].rows.allSatisfy { $0.margin == 1 }, "1 − 0")
    #expect(scores.stages[0].rows.count == 10)
    #expect(scores.outputs["reward-metrics.jsonl"] == nil)
    options.margin = .constant
    options.marginValue = 0.25
    let constant = try job()
    _ = try TrainRewardStrategy(options).fuse(constant)
    #expect(constant.stages[0].rows.allSatisfy { $0.margin == 0.25 })
  }

  @Test func saysWhatIsMissing() throws {
    let strategy = try TrainRewardStrategy(.init())
    #expect(throws: OptionError.self) {
      try strategy.check(FusionSetup(sources: ["a"], rewards: [], promptCount: 3))
    }
    #expect(throws: OptionError.self) {
      try strategy.check(FusionSetup(sources: [], rewards: ["r"], promptCount: 3))
    }
    var own = TrainRewardStrategy.Options()
    own.pairing.from = .target
    try TrainRewardStrategy(own).check(
      FusionSetup(sources: [], rewards: ["r"], promptCount: 3))
    var file = TrainRewardStrategy.Options()
    file.preferences = FilePath("pairs.jsonl")
    try TrainRewardStrategy(file).check(FusionSetup(sources: [], rewards: [], promptCount: 0))
    let alike = try job()
    alike.answers = { _, _ in [("same", 1), ("same", 1)] }
    #expect(throws: Problem.self) { try strategy.fuse(alike) }
  }

  @Test func onlyHeldOutPairsMayAllReadAlike() throws {
    let job = try job()
    let model = try #require(job.tokenising)
    #expect(throws: Problem.self) {
      try TokenisedPairs([], by: model, job.training, log: job.log)
    }
    let none = try TokenisedPairs([], by: model, job.training, mayBeEmpty: true, log: job.log)
    #expect(none.pairs.isEmpty)
  }

  @Test func optionsKeepTRLsNames() {
    let keys = OptionReader.describe(TrainRewardStrategy.Options()).map(\.key)
    #expect(keys.contains("center_rewards_coefficient"))
    #expect(keys.contains("margin_to_pair"))
    #expect(keys.contains("heldout_preferences"))
  }
}
