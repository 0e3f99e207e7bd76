import Foundation
import Kernels
import Testing

@testable import Modeling

@Suite struct DistillationObjectiveTests {
  /// Vector V5: two positions over four tokens, a label at the first.
  @Test func v5LossAndGradient() {
    // Logits z are the head itself, one row of it a position.
    let z: [[Float]] = [[1, 2, 0, -1], [0.5, 0, 0.5, 1]]
    let columns: [Float] = (0..<4).flatMap { v in z.map { $0[v] } }
    let head = Variable(Tensor(columns, shape: [4, 2]))
    let hidden = Variable(Tensor([1, 0, 0, 1.0], shape: [2, 2]), requiresGradient: true)
    let sequence = TrainingRow.Sequence(
      ids: [0, 1], labels: [-100, 1],
      targets: sparse([[(0, 0.1), (1, 0.6), (3, 0.3)], [(2, 1)]]))
    let batch = MicroBatch(
      rows: [0], of: [TrainingRow(sequences: [sequence])], objective: TokenCrossEntropy())
    #expect(batch.questions.entries.ids == [0, 1, 3, 2], "the label is one of the target's tokens")
    let tape = Tape()
    let logProbs = tape.entryLogProbs(
      hidden: hidden, head: head, entries: batch.questions.entries)
    let view = ObjectiveBatch(
      policy: batch.sums(logProbs.value), tokenCounts: batch.tokenCounts,
      distilled: batch.distilledSums(logProbs.value), targetEntropies: batch.targetEntropies,
      distilledCounts: batch.distilledCounts)
    let ce = DistillationObjective(lambda: 0).evaluate(view)
    #expect(abs(ce.loss - 1.4441718335) < 1e-6)
    #expect(
      abs(DistillationObjective(lambda: 0, loss: .kl).evaluate(view).loss - 0.995198971) < 1e-6)
    #expect(abs(DistillationObjective(lambda: 1).evaluate(view).loss - 0.4401896986) < 1e-6)
    #expect(abs(DistillationObjective().evaluate(view).loss - 0.5405879121) < 1e-6)
    tape.backward(
      from: logProbs, dOutput: batch.gradients(dPolicy: ce.dPolicy, dDistilled: ce.dDistilled))
    // d(hidden) = dz · head; the head's columns are z.
    let dz: [[Float]] = [
      [0.06844141, 0.02195713, 0.04357216, -0.13397070],
      [0.11750186, 0.07126848, -0.38249814, 0.19372781],
    ]
    let wanted = dz.flatMap { dz in z.map { z in zip(dz, z).reduce(0) { $0 + $1.0 * $1.1 } } }
    #expect(largestDifference(hidden.gradient?.floats() ?? [], wanted) < 1e-6)
  }

  @Test func lambdaRisesInAStraightLine() {
    let objective = DistillationObjective(lambda: 0.8, weighting: .hardAndDecay)
    let at = { (step: Int) -> Double in
      let batch = ObjectiveBatch(
        policy: [[-1]], tokenCounts: [[1]], progress: TrainingProgress(step: step, totalSteps: 10))
      return objective.evaluate(batch).metrics.first { $0.name == "cur_lambda" }?.value ?? .nan
    }
    #expect(abs(at(0) - 0.8) < 1e-12 && abs(at(3) - 0.86) < 1e-12)
  }

  /// The means are over the tokens of the update: cutting it into micro-batches changes nothing.
  @Test func accumulationDoesNotChangeLossAndMetrics() throws {
    let whole = try train(micro: 4)
    let single = try train(micro: 1)
    for (a, b) in zip(whole.reports, single.reports) {
      #expect(abs(a.loss - b.loss) < 2e-6 && abs(a.gradientNorm / b.gradientNorm - 1) < 1e-5)
      for (one, other) in zip(a.metrics, b.metrics) {
        #expect(abs(one.value - other.value) < 5e-6, "\(one.name)")
      }
    }
    #expect(whole.reports.last.map { $0.loss < whole.reports[0].loss } == true)
  }

  /// λ = 1 is supervised fine-tuning, whatever the targets.
  @Test func lambdaOneIsFineTuning() throws {
    let distilled = try train(micro: 2, objective: DistillationObjective(lambda: 1))
    let tuned = try train(micro: 2, objective: TokenCrossEntropy(), targets: false)
    for (a, b) in zip(distilled.reports, tuned.reports) { #expect(abs(a.loss - b.loss) < 2e-6) }
  }

  @Test func goesOnFromASavedStateOnlyWithTheSameTargets() throws {
    let state = FileManager.default.temporaryDirectory
      .appendingPathComponent("state-\(UUID().uuidString).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: state) }
    try trainer(micro: 2).saveState(to: state)
    try trainer(micro: 2).resume(from: state)
    var other = rows(targets: true)
    var changed = SparseRows()
    for position in 0..<(other[0].sequences[0].targets?.count ?? 0) {
      changed.append(Int32(position), 1)
      changed.endRow()
    }
    other[0].sequences[0].targets = changed
    #expect(throws: Problem.self) {
      try trainer(micro: 2, rows: other).resume(from: state)
    }
    #expect(throws: Problem.self) {
      try trainer(micro: 2, rows: rows(targets: false)).resume(from: state)
    }
  }

  /// Rows without a single label still teach.
  @Test func trainsOnTargetsAlone() throws {
    let unlabelled = rows(targets: true).map { row in
      TrainingRow(
        sequences: row.sequences.map {
          TrainingRow.Sequence(
            ids: $0.ids, labels: $0.ids.map { _ in -100 }, targets: $0.targets)
        })
    }
    let trainer = try trainer(micro: 2, objective: DistillationObjective(), rows: unlabelled)
    var losses: [Double] = []
    try trainer.run { losses.append($0.loss) }
    #expect(losses[0] > 0 && (losses.last ?? 9) < losses[0])
  }

  @Test func blocksKeepTheirTargets() {
    let rows = rows(targets: true)
    let plain = TrainingRow(sequences: [TrainingRow.Sequence(ids: [1, 2, 3], labels: [1, 2, 3])])
    let blocks = TrainingRow.packed([plain] + rows, blockLength: 7)
    let first = blocks[0].sequences[0]
    let targets = rows[0].sequences[0].targets ?? SparseRows()
    #expect(first.targets?.count == 7 && first.targets?.starts.prefix(4) == [0, 0, 0, 0])
    #expect(first.targets?.ids == targets.rows(0..<4).ids)
    #expect(first.targets?.values == targets.rows(0..<4).values)
    #expect(TrainingRow.packed([plain, plain], blockLength: 3)[0].sequences[0].targets == nil)
  }

  // MARK: -

  /// Eight rows of six to ten tokens; every third position has no target.
  private func rows(targets: Bool) -> [TrainingRow] {
    (0..<8).map { row in
      let random = CounterRNG(seed: 5, stream: UInt64(row))
      let ids = (0..<6 + row % 5).map { Int32(random.integer(UInt64($0), below: 61)) }
      var target = SparseRows()
      for position in ids.indices {
        if position % 3 != 2 {
          target.append(ids[(position + 1) % ids.count], 0.75)
          target.append(
            60 - ids[position] / 2 == ids[(position + 1) % ids.count] ? 1 : 60 - ids[position] / 2,
            0.25)
        }
        target.endRow()
      }
      return TrainingRow(sequences: [
        TrainingRow.Sequence(
          ids: ids, labels: [-100] + ids.dropFirst(), targets: targets ? target : nil)
      ])
    }
  }

  private func trainer(
    micro: Int, objective: any SequenceObjective = DistillationObjective(lambda: 0.5, loss: .kl),
    rows: [TrainingRow]? = nil
  ) throws -> Trainer {
    var settings = TrainingSettings()
    settings.batchSize = 4
    settings.learningRate = 1e-3
    settings.epochs = 4
    settings.warmupRatio = 0
    settings.microBatchSize = micro
    return try Trainer(
      policy: tinyModel("llama").makeTrainable(), objective: objective, settings: settings,
      rows: rows ?? self.rows(targets: true), seed: 3)
  }

  private func train(
    micro: Int, objective: any SequenceObjective = DistillationObjective(lambda: 0.5, loss: .kl),
    targets: Bool = true
  ) throws -> (reports: [StepReport], steps: Int) {
    let trainer = try trainer(micro: micro, objective: objective, rows: rows(targets: targets))
    var reports: [StepReport] = []
    try trainer.run { reports.append($0) }
    return (reports, trainer.step)
  }
}
