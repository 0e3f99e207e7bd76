import PluginAPI
import TestSupport
import Testing

@testable import WRPO

@Suite struct WRPOStrategyTests {
  @Test func runsThePipelineOfThePaper() throws {
    let job = FakeJob(sources: ["a", "b"], prompts: 9)
    job.answers = { model, prompt in
      switch model {
      case "a": [("a poor", 0.1), ("a good", 0.7)]
      case "b": [("b good", 0.7), ("b poor", 0)]
      default: prompt == "p4" ? [("same", 1), ("same", 1)] : [("worst", 0), ("best", 1)]
      }
    }
    let fused = try WRPOStrategy(WRPOStrategy.Options()).fuse(job)
    #expect(fused.name == "wrpo")
    #expect(job.stages.map(\.name) == ["sft", "wrpo"])
    #expect(job.stages.map(\.model) == ["target", "sft"], "policy and reference: the SFT model")
    #expect(job.stages[0].settings.learningRate == 7e-6)
    #expect(job.stages[1].settings.learningRate == 3e-7)
    #expect(job.evaluated == ["after sft"])
    let sft = job.sampled.first { $0.model == "a" }?.prompts ?? []
    let own = job.sampled.first { $0.model == "sft" }?.prompts ?? []
    #expect(sft.count == 3 && own.count == 6)
    #expect(Set(sft + own).count == 9, "no prompt serves both stages")
    #expect(!job.sampled.contains { $0.model == "target" }, "only the tuned target is sampled")
  }

  @Test func refusesOptionsThatCannotWork() {
    var options = WRPOStrategy.Options()
    options.beta = 0
    #expect(throws: OptionError.self) { try WRPOStrategy(options) }
    var simpo = WRPOStrategy.Options()
    simpo.loss = .simpo
    simpo.lengthNormalised = false
    #expect(throws: OptionError.self) { try WRPOStrategy(simpo) }
    var rates = WRPOStrategy.Options()
    rates.sft.training.betas = [0.9]
    #expect(throws: OptionError.self) { try WRPOStrategy(rates) }
  }

  @Test func listsSharedOptionsAsItsOwn() {
    let keys = OptionReader.describe(WRPOStrategy.Options()).map(\.key)
    for key in ["beta", "preferences", "sft_share", "sft.learning_rate", "sft.packing"] {
      #expect(keys.contains(key), "\(key) in \(keys)")
    }
  }

  @Test func withoutSourcesThereIsNothingToFuse() throws {
    let strategy = try WRPOStrategy(WRPOStrategy.Options())
    #expect(throws: Problem.self) { try strategy.fuse(FakeJob(sources: [], prompts: 3)) }
    #expect(throws: Problem.self) { try strategy.fuse(FakeJob(sources: ["a"], prompts: 0)) }
  }

  @Test(.enabled(if: GoldenRun.isPresent)) func trainsOnAFileOfTokenisedRows() throws {
    var options = WRPOStrategy.Options()
    options.data.preferences = FilePath(try #require(shared("goldens/wrpo/tokenised.jsonl")).path)
    let job = FakeJob(sources: [], prompts: 0)
    job.tokenising = try LoadedModel.open(GoldenRun.modelFolder())
    _ = try WRPOStrategy(options).fuse(job)
    #expect(job.stages.map(\.name) == ["wrpo"])
    #expect(job.stages[0].model == "target")
    #expect(job.stages[0].rows.count == 24)
    #expect(job.stages[0].rows.allSatisfy { $0.sequences.count == 3 })
  }

  /// Text in, the recorded ids out: template, separate responses, joint encoding, both cuts.
  @Test(.enabled(if: GoldenRun.isPresent)) func tokenisesAsTheAuthorsDo() throws {
    let rows = try [("preferences.jsonl", true), ("tokenised.jsonl", false)].map { file, isText in
      var options = WRPOStrategy.Options()
      options.data.preferences = FilePath(try #require(shared("goldens/wrpo/\(file)")).path)
      options.rows.templating = .separate
      options.rows.endToken = .always
      options.rows.responseCut = .fixed
      let job = FakeJob(sources: [], prompts: 0)
      job.training.maxLength = 60
      job.training.maxPromptLength = 36
      job.tokenising = try LoadedModel.open(GoldenRun.modelFolder())
      _ = try WRPOStrategy(options).fuse(job)
      return job.stages[0].rows
    }
    #expect(rows[0] == rows[1])
  }
}
