internal import Kernels

extension Trainer {
  /// Loss and metrics of an update; the gradient of its loss is left in the weights.
  func accumulate(
    _ batches: [MicroBatch], _ pause: () throws -> Void
  ) throws -> (loss: Double, metrics: [Metric]) {
    var total = UpdateTotals()
    let coupled = try coupledResult(batches, pause)
    var firstRow = 0
    for batch in batches {
      try pause()
      let tape = Tape()
      let answers = batch.answers(policy, tape, recompute: settings.recompute)
      let result: ObjectiveResult
      if let coupled {
        result = coupled.part(firstRow..<firstRow + batch.rows.count)
      } else {
        result = try objective.evaluate(view([batch], of: batches, [answers.value], pause))
        total.add(result, rows: batch.rows.count)
      }
      firstRow += batch.rows.count
      guard answers.value.count > 0 else { continue }
      tape.backward(
        from: answers,
        dOutput: batch.gradients(dPolicy: result.dPolicy, dDistilled: result.dDistilled))
    }
    if let coupled { total.add(coupled, rows: firstRow) }
    return (total.loss, total.metrics)
  }

  /// For objectives that couple rows: the result over the whole update, from a forward pass of
  /// its own.
  private func coupledResult(
    _ batches: [MicroBatch], _ pause: () throws -> Void
  ) throws -> ObjectiveResult? {
    guard objective.couplesRows, batches.count > 1 else { return nil }
    let answers = try batches.map { batch in
      try pause()
      return batch.answers(policy, Tape(recording: false), recompute: false).value
    }
    return objective.evaluate(try view(batches, of: batches, answers, pause))
  }

  /// What the objective sees of `batches`, a part of the update `update`.
  private func view(
    _ batches: [MicroBatch], of update: [MicroBatch], _ answers: [Tensor],
    _ pause: () throws -> Void
  ) throws -> ObjectiveBatch {
    var view = ObjectiveBatch(
      policy: zip(batches, answers).flatMap { $0.sums($1) },
      reference: try batches.flatMap { try reference(of: $0, pause) },
      tokenCounts: batches.flatMap(\.tokenCounts),
      distilled: zip(batches, answers).flatMap { $0.distilledSums($1) },
      targetEntropies: batches.flatMap(\.targetEntropies),
      distilledCounts: batches.flatMap(\.distilledCounts),
      margins: batches.flatMap(\.margins),
      progress: TrainingProgress(step: step, totalSteps: totalSteps))
    view.updateRows = update.reduce(0) { $0 + $1.rows.count }
    view.updateTokens = update.reduce(0) { $0 + $1.tokenCounts.joined().reduce(0, +) }
    view.updateDistilled = update.reduce(0) { $0 + $1.distilledCounts.joined().reduce(0, +) }
    return view
  }
}

extension ObjectiveResult {
  /// The gradients of some of the rows.
  fileprivate func part(_ rows: Range<Int>) -> ObjectiveResult {
    ObjectiveResult(
      loss: loss, dPolicy: Array(dPolicy[rows]),
      dDistilled: dDistilled.isEmpty ? [] : Array(dDistilled[rows]))
  }
}

/// Sums shares of the loss and means of metrics over micro-batches.
private struct UpdateTotals {
  var loss = 0.0
  private var rows = 0
  private var sums: [Metric] = []

  mutating func add(_ result: ObjectiveResult, rows count: Int) {
    loss += result.loss
    rows += count
    for (index, metric) in result.metrics.enumerated() {
      if index == sums.count { sums.append(Metric(metric.name, 0)) }
      sums[index].value += metric.value * Double(count)
    }
  }

  var metrics: [Metric] { sums.map { Metric($0.name, $0.value / Double(max(1, rows))) } }
}
