import Foundation
import PluginAPI
import Testing

@testable import Classifier

@Suite struct ClassifierTests {
  @Test(arguments: ["llama", "gpt2"]) func scalarHeadsAgreeWithTransformers(_ name: String) throws {
    let fixture = try RewardFixture(name)
    #expect(fixture.rows.count == 5)
    let scores = try fixture.reward().judge(fixture.batch)
    for (row, score) in zip(fixture.rows, scores) {
      #expect(isClose(score.value, try #require(row.numbers("scores").first)), "\(row)")
      #expect(score.parts.isEmpty)
    }
  }

  /// The head of `qwen2` has a bias.
  @Test(arguments: [("qwen2", 3), ("gemma3", 2)])
  func everyLabelAgreesWithTransformers(_ name: String, labels: Int) throws {
    let fixture = try RewardFixture(name)
    for label in 0..<labels {
      let scores = try fixture.reward { $0.label = .place(label) }.judge(fixture.batch)
      for (row, score) in zip(fixture.rows, scores) {
        let wanted = row.numbers("scores")
        #expect(wanted.count == labels)
        #expect(isClose(score.value, wanted[label]))
        #expect(zip(score.parts, wanted).allSatisfy { isClose($0.value, $1) })
      }
    }
  }

  @Test func aRowDoesNotDependOnItsBatch() throws {
    let fixture = try RewardFixture("llama")
    let reward = try fixture.reward()
    let many = Array(repeating: fixture.batch, count: 40).flatMap { $0 }
    let scores = try reward.scores(many)
    let alone = try fixture.batch.map { try reward.scores([$0])[0] }
    for (index, score) in scores.enumerated() {
      #expect(abs(score - alone[index % 5]) < 1e-5, "rounding of other block sizes")
    }
  }

  @Test func labelsAreNamedWeighedAndSquashed() throws {
    let fixture = try RewardFixture("qwen2")
    let outputs = fixture.rows.map { $0.numbers("scores") }
    func values(_ change: (inout ClassifierReward.Options) -> Void) throws -> [Float] {
      try fixture.reward(change).scores(fixture.batch)
    }
    let named = try values { $0.label = .name("good") }
    let weighed = try values { $0.weights = .all([-1, 0, 0.5]) }
    let same = try values {
      $0.weights = .some([
        .init(label: .name("poor"), weight: -1), .init(label: .place(2), weight: 0.5),
      ])
    }
    let squashed = try values {
      $0.label = .place(1)
      $0.function = .softmax
    }
    for (row, output) in outputs.enumerated() {
      #expect(isClose(named[row], output[2]))
      #expect(isClose(weighed[row], 0.5 * output[2] - output[0]))
      #expect(same[row] == weighed[row])
      let powers = output.map { exp($0) }
      #expect(isClose(squashed[row], powers[1] / powers.reduce(0, +)))
    }
  }

  @Test func asksWhichOfSeveralLabelsIsMeant() throws {
    let fixture = try RewardFixture("qwen2")
    for change: (inout ClassifierReward.Options) -> Void in [
      { _ in }, { $0.label = .place(3) }, { $0.label = .name("best") }, { $0.weights = .all([1]) },
      { $0.weights = .some([.init(label: .name("best"), weight: 1)]) },
      {
        $0.label = .place(0)
        $0.weights = .all([1, 1, 1])
      },
    ] {
      let error = #expect(throws: OptionError.self) { try fixture.reward(change) }
      #expect(
        error?.description.contains("good") == true
          || error?.description.contains("beside") == true, "names what there is")
    }
  }

  @Test func refusesWhatIsNoClassifier() throws {
    var options = ClassifierReward.Options()
    #expect(throws: OptionError.self) { try ClassifierReward(options) }
    options.model = FilePath("/nonexistent")
    #expect(throws: OptionError.self) { try ClassifierReward(options) }
    options.model = FilePath("some.gguf")
    #expect(throws: OptionError.self) { try ClassifierReward(options) }
    let folder = try configFolder { $0["architectures"] = ["LlamaForCausalLM"] }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    options.model = FilePath(folder)
    let error = #expect(throws: OptionError.self) { try ClassifierReward(options) }
    #expect(error?.description.contains("language model") == true)
  }

  /// A recipe is validated by the config alone; what is missing is told when scores are wanted.
  @Test func weightsAreOpenedWithTheFirstScore() throws {
    let folder = try configFolder { _ in }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var options = ClassifierReward.Options()
    options.model = FilePath(folder)
    let reward = try ClassifierReward(options)
    #expect(throws: Problem.self) { try reward.scores(RewardFixture("llama").batch) }
  }

  @Test func optionsAreReadFromYAML() throws {
    let context = OptionContext(folder: "/r")
    let node = try YAML.parse("{label: good, weights: {poor: -1, 2: 0.5}}", source: "r.yaml")
    let label = try #require(node["label"])
    let weights = try #require(node["weights"])
    #expect(try LabelName.decode(label, context) == .name("good"))
    #expect(
      try LabelWeights.decode(weights, context)
        == .some([
          .init(label: .name("poor"), weight: -1), .init(label: .place(2), weight: 0.5),
        ]))
    let list = try YAML.parse("[1, -0.5]", source: "r.yaml")
    #expect(try LabelWeights.decode(list, context) == .all([1, -0.5]))
    #expect(throws: Problem.self) { try LabelWeights.decode(label, context) }
  }

  /// The config of the llama fixture without its weights.
  private func configFolder(_ change: (inout JSON) -> Void) throws -> String {
    let folder = NSTemporaryDirectory() + "crucible-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var json = try JSON.parse(file: RewardFixture("llama").path + "/config.json")
    change(&json)
    try json.serialized().write(toFile: folder + "/config.json", atomically: true, encoding: .utf8)
    return folder
  }
}
