internal import Kernels

/// Some rows of an update, packed for one forward pass.
struct MicroBatch {
  let rows: [Int]
  let sequencesPerRow: Int
  let layout: SequenceLayout
  let ids: [Int32]
  let labels: [Int32]
  /// Counted tokens, [row][sequence].
  let tokenCounts: [[Int]]

  init(rows: [Int], of data: [TrainingRow], sequencesPerRow: Int) {
    self.rows = rows
    self.sequencesPerRow = sequencesPerRow
    let sequences = rows.flatMap { data[$0].sequences }
    layout = SequenceLayout(lengths: sequences.map(\.ids.count))
    ids = sequences.flatMap(\.ids)
    labels = sequences.flatMap(\.labels)
    tokenCounts = rows.map { data[$0].sequences.map(\.countedTokens) }
  }

  /// Runs `policy`: the log-probs of all counted tokens, [M] in packed order.
  func logProbs(_ policy: any TrainablePolicy, _ tape: Tape, recompute: Bool) -> Variable {
    let result = policy.labelLogProbs(
      tape, ids: ids, layout: layout, labels: labels, recompute: recompute)
    precondition(
      result.counts == tokenCounts.flatMap { $0 },
      "\(result.counts) log-probs a sequence, \(tokenCounts) counted tokens")
    return result.logProbs
  }

  /// Sums over the tokens of each sequence, in double, [row][sequence].
  func sums(_ logProbs: Tensor) -> [[Double]] {
    let values = logProbs.floats()
    var start = 0
    return tokenCounts.map { counts in
      counts.map { count in
        defer { start += count }
        return values[start..<start + count].reduce(0) { $0 + Double($1) }
      }
    }
  }

  /// d(loss)/d(token log-prob) [M]: each token of a sequence gets its sequence's.
  func tokenGradients(_ dSums: [[Double]]) -> Tensor {
    let values = zip(tokenCounts, dSums).flatMap { counts, gradients in
      zip(counts, gradients).flatMap { [Float](repeating: Float($1), count: $0) }
    }
    return Tensor(values, shape: [values.count])
  }
}
