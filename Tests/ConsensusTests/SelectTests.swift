import PluginAPI
import TestSupport
import Testing

@testable import Consensus

/// Answers `texts[k]` as sample k, the last for ever after, and notes what it was asked.
///
/// Invariant behind `@unchecked Sendable`: a test asks its parrots from one thread.
private final class Parrot: LanguageModel, @unchecked Sendable {
  let identity: String
  let texts: [String]
  private(set) var asked: [GenerationRequest] = []
  private(set) var settings: [SamplingSettings] = []

  init(_ identity: String, _ texts: [String]) {
    self.identity = identity
    self.texts = texts
  }

  func generate(
    _ requests: [GenerationRequest], settings: SamplingSettings,
    progress: (_ finished: Int, _ tokens: Int) throws -> Void
  ) throws -> [[Generation]] {
    asked += requests
    self.settings.append(settings)
    try progress(requests.reduce(0) { $0 + $1.samples.count }, 1)
    return requests.map { request in
      request.samples.map {
        Generation(
          text: texts[min($0, texts.count - 1)], tokenIDs: [1], finish: .stop, logProb: -1)
      }
    }
  }
}

/// Longer is better; `?` cannot be judged.
private struct LengthReward: RewardModel {
  static let name = "length"
  static let summary = ""
  init(_ options: NoOptions) {}
  func scores(_ batch: [Completion]) -> [Float] {
    batch.map { $0.response == "?" ? .nan : Float($0.response.count) }
  }
}

private func handle(_ model: Parrot, fewShot: [Message] = []) -> ModelHandle {
  ModelHandle(
    reference: ModelReference(location: "/models/\(model.identity)", name: model.identity),
    fewShot: fewShot
  ) { _ in model }
}

private func lengthHandle() -> RewardHandle {
  RewardHandle(
    name: "length", weight: 1, model: LengthReward(NoOptions()), options: "{}", library: "")
}

private func consensusHandle() throws -> RewardHandle {
  RewardHandle(
    name: "consensus", weight: 1, model: try ConsensusReward(ConsensusReward.Options()),
    options: "{}", library: "")
}

private func request(_ text: String, samples: [Int] = [0], seed: UInt64 = 1) -> GenerationRequest {
  GenerationRequest(
    messages: [Message(role: "user", content: text)], samples: samples, seed: seed)
}

@Suite struct SelectedModelTests {
  private func model(
    _ models: [ModelHandle], _ reward: RewardHandle, count: Int = 1, temperature: Double? = nil
  ) throws -> SelectedModel {
    try SelectedModel(
      models: models, panel: Panel(rewards: [reward]), count: count, temperature: temperature,
      topP: nil)
  }

  @Test func saysTheBestOfWhatAllModelsSay() throws {
    let pool = [Parrot("a", ["xx"]), Parrot("b", ["xxxx"]), Parrot("c", ["yyyy"])]
    let answers = try model(pool.map { handle($0) }, lengthHandle()).generate(
      [request("p"), request("q")], settings: SamplingSettings()
    ) { _, _ in }
    #expect(answers.map { $0.map(\.text) } == [["xxxx"], ["xxxx"]], "the first of equals")
  }

  @Test func theMajorityOfSamplesWins() throws {
    let pool = [Parrot("a", ["5", "4"]), Parrot("b", ["4", "6"])]
    let answers = try model(pool.map { handle($0) }, consensusHandle(), count: 2).generate(
      [request("2 + 2")], settings: SamplingSettings()
    ) { _, _ in }
    #expect(answers[0][0].text == "4")
  }

  @Test func everySampleHasCandidatesOfItsOwn() throws {
    let parrot = Parrot("a", ["1", "22", "333", "4", "55555", "6"])
    let answers = try model([handle(parrot)], lengthHandle(), count: 2).generate(
      [request("p", samples: [0, 2])], settings: SamplingSettings()
    ) { _, _ in }
    #expect(parrot.asked[0].samples == [0, 1, 4, 5])
    #expect(answers[0].map(\.text) == ["22", "55555"])
  }

  @Test func ownSettingsAndExamplesReachTheModels() throws {
    let parrot = Parrot("a", ["1", "2"])
    let shots = [Message(role: "user", content: "shot")]
    var greedy = SamplingSettings()
    greedy.temperature = 0
    _ = try model([handle(parrot, fewShot: shots)], lengthHandle(), count: 2, temperature: 0.7)
      .generate([request("p")], settings: greedy) { _, _ in }
    #expect(parrot.settings[0].temperature == 0.7)
    #expect(parrot.asked[0].messages.map(\.content) == ["shot", "p"])
  }

  @Test func greedyAsksEveryModelOnce() throws {
    let parrot = Parrot("a", ["1", "2"])
    var greedy = SamplingSettings()
    greedy.temperature = 0
    _ = try model([handle(parrot), handle(Parrot("b", ["x"]))], lengthHandle(), count: 3)
      .generate([request("p", samples: [0, 1])], settings: greedy) { _, _ in }
    #expect(parrot.asked[0].samples == [0, 1])
  }

  @Test func theFirstModelAnswersWhereNobodyCanJudge() throws {
    let pool = [Parrot("a", ["?"]), Parrot("b", ["?"])]
    let mixed = [Parrot("a", ["?"]), Parrot("b", ["xx"])]
    #expect(throws: Problem.self, "no response of any prompt") {
      try model(pool.map { handle($0) }, lengthHandle()).generate(
        [request("p")], settings: SamplingSettings()
      ) { _, _ in }
    }
    let answers = try model(mixed.map { handle($0) }, lengthHandle()).generate(
      [request("p")], settings: SamplingSettings()
    ) { _, _ in }
    #expect(answers[0][0].text == "xx")
  }

  @Test func progressNeverPassesWhatWasAskedFor() throws {
    var seen: [Int] = []
    _ = try model(["a", "b", "c"].map { handle(Parrot($0, ["x"])) }, lengthHandle(), count: 2)
      .generate([request("p"), request("q")], settings: SamplingSettings()) { done, _ in
        seen.append(done)
      }
    #expect(seen.max() == 2)
  }

  @Test func anotherPoolIsAnotherModel() throws {
    let (a, b) = (handle(Parrot("a", ["x"])), handle(Parrot("b", ["x"])))
    let identities = [
      try model([a, b], lengthHandle()).identity, try model([b, a], lengthHandle()).identity,
      try model([a, b], lengthHandle(), count: 2).identity,
      try model([a, b], lengthHandle(), temperature: 0.5).identity,
      try model([a, b], consensusHandle()).identity,
    ]
    #expect(Set(identities).count == identities.count)
  }
}

@Suite struct SelectStrategyTests {
  private func job() -> FakeJob {
    let job = FakeJob(sources: ["s1", "s2"], prompts: 2)
    job.rewards = [lengthHandle()]
    job.answers = { model, prompt in
      switch (model, prompt) {
      case ("s1", "p0"): [("one", 1), ("two", 3)]
      case ("s2", "p0"): [("three", 3)]
      case ("target", "p0"): [("four", 0)]
      default: [("same", .nan)]
      }
    }
    return job
  }

  @Test func writesPicksAndPreferencesAndComposes() throws {
    let job = job()
    let model = try SelectStrategy(SelectStrategy.Options()).fuse(job)
    #expect(model.name == "select")
    let rows = try #require(job.outputs["selected.jsonl"])
    #expect(rows.count == 2)
    #expect(rows[0]["response"]?.string == "two" && rows[0]["model"]?.string == "s1")
    #expect(rows[0]["candidates"]?.array?.count == 4)
    #expect(rows[1]["response"]?.isNull == true, "nobody could judge")
    let pairs = try #require(job.outputs["preferences.jsonl"])
    #expect(pairs.count == 1)
    #expect(pairs[0]["chosen"]?.array?[0]["content"]?.string == "two")
    #expect(pairs[0]["rejected"]?.array?[0]["content"]?.string == "four")
    let composed = try #require(job.composed.first)
    #expect(composed.adapter == "select")
    #expect(
      composed.options["models"]?.array?.compactMap { $0["name"]?.string }
        == ["s1", "s2", "target"])
    #expect(composed.options["rewards"] == [["plugin": "length", "weight": 1.0]])
    #expect(composed.options["n"] == 5)
  }

  @Test func ownRewardsPickInsteadOfTheRecipes() throws {
    let job = job()
    var options = SelectStrategy.Options()
    options.rewards = [lengthHandle()]
    options.includeTarget = false
    options.compose = false
    let model = try SelectStrategy(options).fuse(job)
    #expect(model.name == "target" && job.composed.isEmpty)
    let rows = try #require(job.outputs["selected.jsonl"])
    #expect(rows[0]["response"]?.string == "three" && rows[0]["score"]?.double == 5)
    #expect(rows[1]["response"]?.string == "same")
  }

  @Test func refusesARecipeWithNothingToPickBy() throws {
    let strategy = SelectStrategy(SelectStrategy.Options())
    #expect(throws: OptionError.self) {
      try strategy.check(FusionSetup(sources: ["s"], rewards: [], promptCount: 1))
    }
    try strategy.check(FusionSetup(sources: ["s"], rewards: ["r"], promptCount: 0))
  }
}

@Suite struct SelectionGradesTests {
  private func selection(_ rows: [(String, Double, Double)]) -> Selection {
    var selection = Selection(
      prompt: Prompt(id: "p", messages: []),
      candidates: rows.enumerated().map {
        ScoredResponse(text: $1.0, score: $1.1, modelName: "m", sample: $0)
      })
    selection.grades = rows.map(\.2)
    return selection
  }

  @Test func comparesThePickWithChanceVoteAndOracle() throws {
    let grades = try #require(
      SelectionGrades([
        // The crowd is wrong, and so is the pick.
        selection([("a", 0.9, 0), ("a", 0.9, 0), ("b", 0.1, 1), ("c", 0, 0)]),
        selection([("a", 0.2, 1), ("b", 0.3, 1)]),
      ]))
    #expect(grades.prompts == 2 && grades.pick == 0.5 && grades.random == 0.625)
    #expect(grades.commonest == 0.5 && grades.oracle == 1 && grades.trap == 0.5)
    #expect(grades.summary.contains("50.0 %"))
  }

  @Test func isNothingWithoutGrades() {
    #expect(SelectionGrades([]) == nil)
    #expect(SelectionGrades([selection([("a", .nan, 1)])]) == nil, "no pick")
  }
}

@Suite struct SelectAdapterTests {
  @Test func needsModelsAndRewards() throws {
    let reference = ModelReference(location: "", name: "m")
    #expect(throws: Problem.self) {
      try SelectAdapter(SelectAdapter.Options()).open(reference)
    }
    var options = SelectAdapter.Options()
    options.models = [handle(Parrot("a", ["x"])), handle(Parrot("b", ["x"]))]
    #expect(throws: Problem.self) { try SelectAdapter(options).open(reference) }
    options.rewards = [lengthHandle()]
    _ = try SelectAdapter(options).open(reference)
  }

  @Test func refusesWhatCannotGiveTwoCandidates() {
    var options = SelectAdapter.Options()
    options.models = [handle(Parrot("a", ["x"]))]
    #expect(throws: OptionError.self) { try SelectAdapter(options) }
    options.n = 4
    options.temperature = 0
    #expect(throws: OptionError.self) { try SelectAdapter(options) }
  }
}
