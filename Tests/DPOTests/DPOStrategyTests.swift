import PluginAPI
import TestSupport
import Testing

@testable import DPO

@Suite struct DPOStrategyTests {
  @Test func preferenceStageNeedsNoSource() throws {
    let job = FakeJob(sources: ["a"], prompts: 6)
    job.answers = { model, _ in
      model == "a" ? [("good", 1)] : [("worst", 0), ("best", 1)]
    }
    _ = try DPOStrategy(DPOStrategy.Options()).fuse(job)
    #expect(job.stages.map(\.name) == ["sft", "dpo"])
    #expect(job.sampled.map(\.model) == ["a", "sft"], "the source answers the SFT prompts only")
    #expect(job.stages[1].objective.sequencesPerRow == 2)
  }

  @Test func sourceWinnersComeFromTheSources() throws {
    var options = DPOStrategy.Options()
    options.chosen = .source
    options.data.sftShare = 0
    let job = FakeJob(sources: ["a"], prompts: 4)
    job.answers = { model, _ in
      model == "a" ? [("good", 1)] : [("worst", 0), ("best", 0.5)]
    }
    _ = try DPOStrategy(options).fuse(job)
    #expect(job.stages.map(\.name) == ["dpo"])
    #expect(job.stages[0].model == "target")
    #expect(job.sampled.map(\.model) == ["a", "target"])
  }

  @Test func saysWhyNoPromptGivesAPreference() throws {
    let job = FakeJob(sources: ["a"], prompts: 3)
    job.answers = { _, _ in [("alike", 1), ("alike", 1)] }
    let strategy = try DPOStrategy(DPOStrategy.Options())
    #expect(throws: Problem.self) { try strategy.fuse(job) }
  }
}
