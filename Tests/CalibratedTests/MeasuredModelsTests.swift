import Foundation
import Merging
import TestSupport
import Testing

@testable import Calibrated

/// An embedded model and two others near it, measured over prompts of their own and merged tensor by
/// tensor: each rule comes closer to what it aims at than the mean does.
struct MeasuredModelsTests {
  private struct Measured {
    let tensors: [(name: String, tensor: Tensor)]
    let statistics: ModelStatistics
  }

  /// The target moved in two directions, measured in folders inside `folder`.
  private func measured(in folder: String) throws -> [Measured] {
    let data = repositoryRoot.appendingPathComponent("Examples/quickstart/data/train.jsonl").path
    let target = try ExampleModels.open("target")
    return try (0..<2).map { place in
      let random = CounterRNG(seed: 17, stream: UInt64(place))
      let model = target.mappingWeights { index, values in
        let noise = random.substream(UInt64(index))
        return values.enumerated().map { $1 + 0.02 * Float(noise.normal(UInt64($0))) }
      }
      let own = "\(folder)/\(place)"
      try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: true)
      let sequences = try CalibrationSet(path: data, samples: 6, seed: UInt64(place))
        .sequences(for: model, maxTokens: 48).sequences
      try SafetensorsWriter.write(
        FisherStatistic(seed: 5).collect(model.decoder, name: model.name, over: sequences),
        to: StatisticKind.fisher.path(in: own))
      try GramStatistic(model.decoder, name: model.name, over: sequences)
        .write(to: StatisticKind.gram.path(in: own))
      return Measured(
        tensors: model.decoder.checkpointTensors, statistics: ModelStatistics(folder: own))
    }
  }

  private func withMeasured(_ body: ([Measured]) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("crucible-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(measured(in: folder.path))
  }

  private func merge<Rule: MergeMethod>(
    _ rule: Rule, _ models: [Measured], tensor index: Int
  ) throws -> [Float] {
    let name = models[0].tensors[index].name
    return try merged(
      rule, base: nil, inputs: models.map { ($0.tensors[index].tensor, Rule.Input()) }, name: name
    ) { try models[$0].statistics.tensor($1, of: name) }
  }

  private func mean(_ models: [Measured], tensor index: Int) -> [Float] {
    let values = models.map { $0.tensors[index].tensor.floats() }
    return zip(values[0], values[1]).map { ($0 + $1) / 2 }
  }

  @Test func fisherStaysWhereModelsAreSensitive() throws {
    try withMeasured { models in
      var options = Fisher.Options()
      options.normalizeFisherWeight = false
      options.epsilon = 1e-12
      let rule = Fisher(options)
      for index in models[0].tensors.indices {
        let name = models[0].tensors[index].name
        // Σ F_i (Y − X_i)², what the rule minimises.
        func loss(_ merged: [Float]) throws -> Double {
          try models.reduce(0) { sum, model in
            let information = try model.statistics.tensor("fisher", of: name)?.floats() ?? []
            let values = model.tensors[index].tensor.floats()
            return sum
              + merged.indices.reduce(0) {
                let difference = Double(merged[$1] - values[$1])
                return $0 + Double(information[$1]) * difference * difference
              }
          }
        }
        let found = try loss(merge(rule, models, tensor: index))
        #expect(try found < loss(mean(models, tensor: index)), "\(name)")
      }
    }
  }

  @Test func regressionMeanKeepsOutputs() throws {
    try withMeasured { models in
      var options = RegMean.Options()
      options.reduceNonDiagonalRatio = 1
      let rule = RegMean(options)
      for (index, stored) in models[0].tensors.enumerated() {
        let found = try merge(rule, models, tensor: index)
        let mean = mean(models, tensor: index)
        guard stored.name.hasSuffix("_proj.weight") else {
          #expect(found == mean, "\(stored.name)")
          continue
        }
        // Σ tr((W − X_i) G_i (W − X_i)ᵀ): mean squared differences of outputs.
        func loss(_ merged: [Float]) throws -> Double {
          try models.reduce(0) { sum, model in
            guard let gram = try model.statistics.tensor("gram", of: stored.name) else {
              return .nan
            }
            let merged = Matrix(Tensor(merged, shape: stored.tensor.shape))
            let difference = merged - Matrix(model.tensors[index].tensor)
            let products = difference.times(Matrix(gram)).values
            return sum + zip(products, difference.values).reduce(0) { $0 + $1.0 * $1.1 }
          }
        }
        let (least, usual) = try (loss(found), loss(mean))
        #expect(least < 0.9 * usual, "\(stored.name): \(least), mean \(usual)")
      }
    }
  }
}
