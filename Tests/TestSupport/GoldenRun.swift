import Foundation
import Modeling
import Testing

/// One of the recorded training runs of `goldens/wrpo/runs`: its settings, rows and steps.
public struct GoldenRun {
  public let name: String
  public let config: JSON
  public let steps: [JSON]
  private let folder: URL

  public static let isPresent = shared("goldens/wrpo/runs") != nil

  public init(_ name: String) throws {
    self.name = name
    folder = try #require(shared("goldens/wrpo"))
    config = try JSON.parse(
      [UInt8](Data(contentsOf: folder.appendingPathComponent("runs/\(name)/config.json"))),
      source: "config.json")
    steps = try Self.lines(folder.appendingPathComponent("runs/\(name)/steps.jsonl"))
  }

  public func number(_ key: String) -> Double { config[key]?.double ?? .nan }

  /// The tiny model that all runs start from, trainable.
  public func startModel() throws -> DecoderModel {
    try DecoderModel.open(Self.modelFolder()).makeTrainable()
  }

  /// A model folder with the tiny model, its tokenizer and template.
  public static func modelFolder() throws -> String {
    let golden = try #require(shared("goldens/wrpo"))
    let home = FileManager.default.temporaryDirectory
      .appendingPathComponent("golden-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
    for (name, file) in [
      ("config.json", "config.json"), ("model.safetensors", "init.safetensors"),
      ("tokenizer.json", "tokenizer.json"), ("tokenizer_config.json", "tokenizer_config.json"),
    ] {
      try FileManager.default.createSymbolicLink(
        at: home.appendingPathComponent(name),
        withDestinationURL: golden.appendingPathComponent(file))
    }
    return home.path
  }

  /// All epochs' rows one after another in the recorded order, each with the sequences `keys`
  /// (`chosen0` the source's response, `chosen1` the target's, `rejected0`).
  public func rows(_ keys: [String]) throws -> [TrainingRow] {
    let data = try Self.lines(folder.appendingPathComponent("tokenised.jsonl")).map { line in
      TrainingRow(
        sequences: try keys.map { key in
          TrainingRow.Sequence(
            ids: try ids(line["\(key)_input_ids"]), labels: try ids(line["\(key)_labels"]))
        })
    }
    let orders = try #require(config["orders"]?.array)
    return try orders.flatMap { order in
      try #require(order.array).map { data[try #require($0.int)] }
    }
  }

  /// One epoch over the rows of all epochs, in order.
  public func settings() -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batchSize = Int(number("batch") * number("accum"))
    settings.learningRate = number("lr")
    settings.warmupRatio = number("warmup_ratio")
    settings.weightDecay = number("wd")
    settings.maxGradNorm = number("max_grad_norm")
    settings.shuffle = false
    return settings
  }

  /// Trains and compares every step and the final weights. Tolerances: the goldens' README, which
  /// allows an independent f32 implementation ten times the distance of its own f32 and f64 runs.
  public func check(
    _ objective: any SequenceObjective, keys: [String], lossTolerance: Double = 2e-5,
    settings: TrainingSettings? = nil
  ) throws {
    let model = try startModel()
    let trainer = try Trainer(
      policy: model, objective: objective, settings: settings ?? self.settings(),
      rows: rows(keys), seed: 0)
    #expect(trainer.totalSteps == steps.count)
    var worst = (loss: 0.0, norm: 0.0)
    try trainer.run { report in
      let golden = steps[report.step]
      let (loss, norm) = (golden["loss"]?.double ?? .nan, golden["grad_norm"]?.double ?? .nan)
      #expect(abs(report.loss - loss) <= lossTolerance, "\(name) step \(report.step): loss")
      #expect(abs(report.gradientNorm / norm - 1) <= 1e-3, "\(name) step \(report.step): norm")
      #expect(abs(report.learningRate - (golden["lr"]?.double ?? .nan)) <= 1e-15)
      if let alpha = golden["alpha"]?.double {
        #expect(report.metrics.first { $0.name == "cur_alpha" }?.value == alpha)
      }
      checkMetrics(report, golden)
      worst.loss = max(worst.loss, abs(report.loss - loss))
      worst.norm = max(worst.norm, abs(report.gradientNorm / norm - 1))
    }
    let distance = try checkFinalWeights(model)
    print("\(name): loss \(worst.loss), grad norm \(worst.norm), weights \(distance)")
  }

  /// Rewards and log-probs, where the recorded step has them.
  private func checkMetrics(_ report: StepReport, _ golden: JSON) {
    let micro = golden["micro"]?.array ?? []
    let logProbs = micro.compactMap { $0["policy_logps"]?.array }
    let rows = ["source_chosen", "target_chosen", "rejected"].enumerated().map { index, name in
      ("logps/\(name)", logProbs.flatMap { $0[index].array ?? [] }, 2e-4)
    }
    let keys = [
      ("rewards/source_chosen", "rewards_ws"), ("rewards/target_chosen", "rewards_wt"),
      ("rewards/chosen", "rewards_weighted"), ("rewards/rejected", "rewards_l"),
    ]
    let rewards = keys.map { name, key in
      // beta times the tolerance of a difference of two log-probs.
      (name, micro.flatMap { $0[key]?.array ?? [] }, 4e-4 * max(1, number("beta")))
    }
    for (name, values, tolerance) in rows + rewards where !values.isEmpty {
      guard let found = report.metrics.first(where: { $0.name == name })?.value else { continue }
      let wanted = values.compactMap(\.double).reduce(0, +) / Double(values.count)
      #expect(abs(found - wanted) <= tolerance, "\(self.name) step \(report.step): \(name)")
    }
  }

  private func checkFinalWeights(_ model: DecoderModel) throws -> Float {
    let path = folder.appendingPathComponent("runs/\(name)/final.safetensors").path
    let golden = try SafetensorsFile(path: path)
    var worst: Float = 0
    for (tensorName, tensor) in model.checkpointTensors {
      let wanted = try golden.tensor(tensorName).floats()
      for (a, b) in zip(tensor.floats(), wanted) { worst = max(worst, abs(a - b)) }
    }
    #expect(worst <= 2e-5, "\(name): final weights")
    return worst
  }

  private func ids(_ json: JSON?) throws -> [Int32] {
    try #require(json?.array).map { Int32(try #require($0.int)) }
  }

  private static func lines(_ file: URL) throws -> [JSON] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSON.parse(Array($0.utf8), source: file.lastPathComponent)
    }
  }
}
