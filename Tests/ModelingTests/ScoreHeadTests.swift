import Formats
import Foundation
import Testing

@testable import Kernels
@testable import Modeling

@Suite struct ScoreHeadTests {
  private static let families = ["llama", "qwen2", "gemma3", "gpt2", "phi3"]
  private let layout = SequenceLayout(lengths: [4, 3])
  private let ids: [Int32] = [3, 9, 4, 8, 7, 7, 11]

  @Test(arguments: families) func aNewHeadBelongsToTheSameBody(_ family: String) throws {
    let model = try tinyModel(family)
    let reward = model.withScoreHead(labels: 1, seed: 5)
    #expect(reward.config.output == .scores(labels: 1))
    let hidden = model.hidden(Tape(recording: false), ids: ids, layout: layout).value.floats()
    let head = try #require(reward.parameters.last).variable.value.floats()
    let scores = reward.scores(ids: ids, layout: layout).floats()
    let width = model.config.width
    for (score, row) in zip(scores, [3, 6]) {
      let wanted = zip(hidden[row * width..<(row + 1) * width], head).reduce(Float(0)) {
        $0 + $1.0 * $1.1
      }
      #expect(abs(score - wanted) < 1e-5, "sums of \(width) products in another order")
    }
  }

  @Test func theHeadFollowsFromTheSeed() throws {
    let model = try tinyModel("llama")
    func head(_ seed: UInt64) -> [Float] {
      model.withScoreHead(labels: 2, seed: seed).parameters.last?.variable.value.floats() ?? []
    }
    #expect(head(1).count == 64)
    #expect(head(1) == head(1))
    #expect(head(1) != head(2))
  }

  @Test(arguments: families) func aSavedClassifierIsTheSameClassifier(_ family: String) throws {
    let folder = try TemporaryFolder()
    let reward = try tinyModel(family).withScoreHead(labels: 3, seed: 5)
    try reward.save(to: folder.path + "/reward")
    let again = try DecoderModel.open(folder.path + "/reward")
    #expect(again.config == reward.config)
    #expect(again.warnings.isEmpty)
    #expect(
      again.scores(ids: ids, layout: layout).floats()
        == reward.scores(ids: ids, layout: layout).floats())
    #expect(again.summary.labels == ["LABEL_0", "LABEL_1", "LABEL_2"])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path + "/reward").sorted()
        == ["config.json", "model.safetensors"], "it generates nothing")
  }

  @Test(arguments: families) func gradientsMatchFiniteDifferences(_ family: String) throws {
    let model = try tinyModel(family).withScoreHead(labels: 1, seed: 5).makeTrainable()
    let slopes: [Float] = [0.7, -1.1]
    func loss() -> Double {
      zip(model.scores(ids: ids, layout: layout).floats(), slopes)
        .reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let tape = Tape()
    tape.backward(
      from: model.scores(tape, ids: ids, layout: layout), dOutput: Tensor(slopes, shape: [2, 1]))
    for (name, weight) in model.parameters {
      let gradient = try #require(weight.gradient, "\(name) has no gradient").floats()
      let largest = gradient.map { abs(Double($0)) }.max() ?? 0
      let place = gradient.indices.max { abs(gradient[$0]) < abs(gradient[$1]) } ?? 0
      let value = weight.value.floatPointer + place
      let (kept, step) = (value.pointee, Float(2e-3))
      value.pointee = kept + step
      let above = loss()
      value.pointee = kept - step
      let below = loss()
      value.pointee = kept
      // f32 leaves about 1e-7 · |scores| / step of noise, and the step its own curvature.
      let difference = (above - below) / Double(2 * step)
      #expect(abs(difference - Double(gradient[place])) <= 0.02 * max(largest, 0.02), "\(name)")
    }
  }

  @Test func passesHoldAsManySequencesAsFit() {
    #expect(SequenceLayout.passes(lengths: [], tokens: 4).isEmpty)
    #expect(
      SequenceLayout.passes(lengths: [1, 3, 1, 9, 2], tokens: 4) == [0..<2, 2..<3, 3..<4, 4..<5])
    #expect(SequenceLayout.passes(lengths: [2, 2, 0], tokens: 4) == [0..<3])
  }

  @Test func gatedObjectivesAreReadFromTheConfig() throws {
    var json = tinyConfigs["llama"] ?? [:]
    json["architectures"] = ["LlamaForRewardModelWithGating"]
    json["num_objectives"] = 3
    json["gating_n_hidden"] = 1
    json["gating_hidden_dim"] = 8
    json["gating_temperature"] = 2
    let model = try DecoderModel.initialised(config: json, source: "gated", seed: 1)
    #expect(model.config.scoreCount == 3)
    let result = model.gatedScores(ids: ids, layout: layout, gatePlaces: [1, 0])
    #expect(result.objectives.shape == [2, 3])
    let (gates, objectives) = (result.gates.floats(), result.objectives.floats())
    for row in 0..<2 {
      let range = 3 * row..<3 * row + 3
      #expect(abs(gates[range].reduce(0, +) - 1) < 1e-6, "the scale of a new gate is 1")
      let wanted = range.reduce(Float(0)) { $0 + gates[$1] * objectives[$1] }
      #expect(abs(result.scores[row] - wanted) < 1e-6, "the transform of a new head is identity")
    }
  }

  @Test func objectivesAndGatesSayWhichSizesAreWrong() throws {
    var json = tinyConfigs["llama"] ?? [:]
    json["architectures"] = ["LlamaForRewardModelWithGating"]
    json["gating_n_hidden"] = -1
    json["num_objectives"] = "many"
    let problems = #expect(throws: Problems.self) {
      try DecoderConfig.read(json, source: "config.json")
    }
    let text = problems?.description ?? ""
    #expect(text.contains("gating_n_hidden") && text.contains("num_objectives"))
  }
}
