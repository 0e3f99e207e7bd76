internal import Kernels

extension Trainer {
  /// Computes the reference's log-probs of all rows, unless they are known or not wanted yet.
  ///
  /// Rows go in the order and the micro-batches of the first epoch: where reference and policy
  /// start from the same weights, the first loss then sees equal bits, not just near values.
  func prepareReference(_ pause: () throws -> Void) throws {
    guard objective.needsReference, settings.reference == .once, referenceLogProbs.isEmpty
    else { return }
    precondition(frozen != nil || step == 0, "the starting weights are gone after step \(step)")
    var result = [[Double]](repeating: [], count: rows.count)
    let order = plan.order(epoch: 0)
    for start in stride(from: 0, to: rows.count, by: plan.batchSize) {
      for batch in packed(Array(order[start..<min(start + plan.batchSize, rows.count)])) {
        try pause()
        for (row, sums) in zip(batch.rows, logProbSums(frozen ?? policy, batch)) {
          result[row] = sums
        }
      }
    }
    referenceLogProbs = result
  }

  /// The reference's log-probs of the rows of `batch`, [row][sequence]; empty when the objective
  /// looks at none.
  func reference(of batch: MicroBatch, _ pause: () throws -> Void) throws -> [[Double]] {
    guard objective.needsReference else { return [] }
    if !referenceLogProbs.isEmpty { return batch.rows.map { referenceLogProbs[$0] } }
    guard let frozen else { preconditionFailure("no reference model and no log-probs of one") }
    try pause()
    return logProbSums(frozen, batch)
  }

  private func logProbSums(_ model: any TrainablePolicy, _ batch: MicroBatch) -> [[Double]] {
    batch.sums(batch.answers(model, Tape(recording: false), recompute: false).value)
  }
}
