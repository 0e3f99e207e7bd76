import PluginAPI

/// A loss of the DPO family over rows of chosen and rejected response.
struct DPOObjective: SequenceObjective {
  let loss: PairLoss
  let beta: Double
  let labelSmoothing: Double
  let gammaBetaRatio: Double

  let sequencesPerRow = 2
  var needsReference: Bool { loss.definition.needsReference }
  var couplesRows: Bool { loss.definition.couplesPairs }

  func evaluate(_ batch: ObjectiveBatch) -> ObjectiveResult {
    let scales = batch.tokenCounts.map { counts in
      counts.map { loss.definition.averages ? 1 / Double(max(1, $0)) : 1 }
    }
    let pairs = pairs(batch, scales)
    let result = loss.definition.evaluate(pairs)
    let share = Double(batch.rowCount) / Double(max(1, batch.updateRows))
    return ObjectiveResult(
      loss: result.loss * share,
      dPolicy: batch.policy.indices.map { row in
        [
          result.dChosen[row] * scales[row][0] * share,
          result.dRejected[row] * scales[row][1] * share,
        ]
      }, metrics: metrics(pairs, batch))
  }

  private func pairs(_ batch: ObjectiveBatch, _ scales: [[Double]]) -> PairBatch {
    func column(_ values: [[Double]], _ sequence: Int) -> [Double] {
      zip(values, scales).map { $0[sequence] * $1[sequence] }
    }
    return PairBatch(
      policyChosen: column(batch.policy, 0), policyRejected: column(batch.policy, 1),
      referenceChosen: column(batch.reference, 0), referenceRejected: column(batch.reference, 1),
      beta: beta, labelSmoothing: labelSmoothing, gammaBetaRatio: gammaBetaRatio)
  }

  private func metrics(_ pairs: PairBatch, _ batch: ObjectiveBatch) -> [Metric] {
    let chosen = needsReference ? rewards(0, batch) : pairs.policyChosen.map { beta * $0 }
    let rejected = needsReference ? rewards(1, batch) : pairs.policyRejected.map { beta * $0 }
    return [
      Metric("rewards/chosen", meanOf: chosen), Metric("rewards/rejected", meanOf: rejected),
      Metric("rewards/margins", meanOf: zip(chosen, rejected).map { $0 - $1 }),
      Metric("rewards/accuracies", shareOf: zip(chosen, rejected).map { $0 > $1 }),
      Metric("logps/chosen", meanOf: batch.policy.map { $0[0] }),
      Metric("logps/rejected", meanOf: batch.policy.map { $0[1] }),
    ]
  }

  /// β·(log π − log π_ref) of whole responses, also where the loss takes means.
  private func rewards(_ sequence: Int, _ batch: ObjectiveBatch) -> [Double] {
    (0..<batch.rowCount).map { beta * batch.logRatio($0, sequence) }
  }
}
