import Foundation
import Kernels
import Testing

@testable import Modeling

/// Training on scores of sequences instead of log-probabilities of tokens.
@Suite struct ScoreTrainingTests {
  @Test func accumulationDoesNotChangeTheLoss() throws {
    let whole = try train(micro: 4)
    let single = try train(micro: 1)
    for (a, b) in zip(whole, single) { #expect(abs(a.loss - b.loss) < 2e-6, "f32 rounding") }
  }

  @Test func learnsToPutTheFirstSequenceFirst() throws {
    let reports = try train(micro: 4, rate: 3e-3, epochs: 8)
    #expect(reports[0].loss > 0.3)
    #expect(try #require(reports.last).loss < 0.05)
  }

  @Test func marginsReachTheObjective() throws {
    let plain = try train(micro: 2)
    let wide = try train(micro: 2, margin: 2)
    #expect(wide[0].loss > plain[0].loss + 0.5, "the same scores must lead by 2")
  }

  @Test func goesOnToTheSameBytes() throws {
    let state = FileManager.default.temporaryDirectory
      .appendingPathComponent("score-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: state) }
    let (unbroken, model) = try trainer(micro: 2)
    try unbroken.run { _ in }
    let (first, _) = try trainer(micro: 2)
    #expect(throws: CancellationError.self) {
      try first.run(statePath: state) { if $0.step == 1 { throw CancellationError() } }
    }
    let (second, again) = try trainer(micro: 2)
    try second.resume(from: state)
    try second.run { _ in }
    #expect(weights(again) == weights(model))
    let (other, _) = try trainer(micro: 2, margin: 1)
    #expect(throws: Problem.self, "margins belong to the run") { try other.resume(from: state) }
  }

  @Test func refusesModelsOfTheOtherKind() throws {
    let language = try tinyModel("llama").makeTrainable()
    let reward = try tinyModel("llama").withScoreHead(labels: 1, seed: 1).makeTrainable()
    let wide = try tinyModel("llama").withScoreHead(labels: 2, seed: 1).makeTrainable()
    for (model, objective) in [
      (language, BradleyTerryProbe() as any SequenceObjective), (wide, BradleyTerryProbe()),
      (reward, TokenCrossEntropy()),
    ] {
      #expect(throws: Problem.self) {
        try Trainer(
          policy: model, objective: objective, settings: TrainingSettings(),
          rows: rows(objective.sequencesPerRow, margin: 0), seed: 1)
      }
    }
  }

  @Test func refusesEmptySequences() throws {
    let model = try tinyModel("llama").withScoreHead(labels: 1, seed: 1).makeTrainable()
    let empty = TrainingRow.Sequence(ids: [], labels: [])
    #expect(throws: Problem.self) {
      try Trainer(
        policy: model, objective: BradleyTerryProbe(), settings: TrainingSettings(),
        rows: [TrainingRow(sequences: [empty, empty])], seed: 1)
    }
  }

  // MARK: -

  private func train(
    micro: Int, rate: Double = 1e-3, epochs: Double = 1, margin: Double = 0
  ) throws -> [StepReport] {
    var reports: [StepReport] = []
    try trainer(micro: micro, rate: rate, epochs: epochs, margin: margin).0.run {
      reports.append($0)
    }
    return reports
  }

  private func trainer(
    micro: Int, rate: Double = 1e-3, epochs: Double = 1, margin: Double = 0
  ) throws -> (Trainer, DecoderModel) {
    var settings = TrainingSettings()
    settings.batchSize = 4
    settings.microBatchSize = micro
    settings.learningRate = rate
    settings.epochs = epochs
    settings.warmupRatio = 0
    let model = try tinyModel("llama").withScoreHead(labels: 1, seed: 3).makeTrainable()
    let trainer = try Trainer(
      policy: model, objective: BradleyTerryProbe(), settings: settings,
      rows: rows(2, margin: margin), seed: 3)
    return (trainer, model)
  }

  /// Sequences that end in 7 are better than those that end in 8.
  private func rows(_ sequences: Int, margin: Double) -> [TrainingRow] {
    (0..<12).map { row in
      TrainingRow(
        sequences: (0..<sequences).map { sequence in
          let random = CounterRNG(seed: 5, stream: UInt64(row))
          let length = 3 + random.integer(0, below: 6)
          let ids = (1...length).map { Int32(10 + random.integer(UInt64($0), below: 40)) }
          return TrainingRow.Sequence(
            ids: ids + [7 + Int32(sequence)],
            labels: Array(repeating: -100, count: length + 1))
        }, margin: margin)
    }
  }

  private func weights(_ model: DecoderModel) -> [[Float]] {
    model.parameters.map { $0.variable.value.floats() }
  }
}

/// Mean softplus(−(first − second − margin)).
private struct BradleyTerryProbe: SequenceObjective {
  let sequencesPerRow = 2
  let needsReference = false
  let quantity = SequenceQuantity.scores

  func evaluate(_ batch: ObjectiveBatch) -> ObjectiveResult {
    let share = 1 / Double(batch.updateRows)
    let slopes = zip(batch.policy, batch.margins).map { scores, margin in
      MarginLoss.sigmoid(scores[0] - scores[1] - margin, beta: 1)
    }
    return ObjectiveResult(
      loss: slopes.reduce(0) { $0 + $1.value } * share,
      dPolicy: slopes.map { [$0.derivative * share, -$0.derivative * share] })
  }
}
