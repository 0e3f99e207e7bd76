internal import Kernels

/// Some rows of an update, packed for one forward pass.
struct MicroBatch {
  let rows: [Int]
  let sequencesPerRow: Int
  let layout: SequenceLayout
  let ids: [Int32]
  /// What the policy is asked: the label and the target's tokens of every position that has either.
  let questions: PositionQuestions
  let quantity: SequenceQuantity
  /// What is known of each row's lead.
  let margins: [Double]
  /// Counted tokens, [row][sequence].
  let tokenCounts: [[Int]]
  /// Positions with a target, [row][sequence].
  let distilledCounts: [[Int]]
  /// Sums of the targets' entropies, nats, [row][sequence].
  let targetEntropies: [[Double]]

  init(rows: [Int], of data: [TrainingRow], objective: any SequenceObjective) {
    self.rows = rows
    sequencesPerRow = objective.sequencesPerRow
    quantity = objective.quantity
    margins = rows.map { data[$0].margin }
    let sequences = rows.flatMap { data[$0].sequences }
    layout = SequenceLayout(lengths: sequences.map(\.ids.count))
    ids = sequences.flatMap(\.ids)
    questions = PositionQuestions(sequences, layout: layout)
    tokenCounts = rows.map { data[$0].sequences.map(\.countedTokens) }
    distilledCounts = rows.map { data[$0].sequences.map(\.distilledTokens) }
    targetEntropies = rows.map { data[$0].sequences.map(\.targetEntropy) }
  }

  /// Runs `policy`: the log-probs of all questions, [E] in packed order, or the scores of all
  /// sequences, [B, 1].
  func answers(_ policy: any TrainablePolicy, _ tape: Tape, recompute: Bool) -> Variable {
    if quantity == .scores {
      let result = policy.scores(tape, ids: ids, layout: layout, recompute: recompute)
      precondition(result.shape == [layout.count, 1], "scores \(result.shape)")
      return result
    }
    let result = policy.entryLogProbs(
      tape, ids: ids, layout: layout, rows: questions.rows, entries: questions.entries,
      recompute: recompute)
    precondition(
      result.shape == [questions.entries.ids.count],
      "log-probs \(result.shape) for \(questions.entries.ids.count) entries")
    return result
  }

  /// Sums of the labels' log-probs over each sequence, in double, or its score, [row][sequence].
  func sums(_ answers: Tensor) -> [[Double]] {
    let values = answers.floats()
    if quantity == .scores { return bySequence { Double(values[$0]) } }
    return bySequence { sequence in
      questions.labelRange(sequence).reduce(0) { $0 + Double(values[questions.labels[$1]]) }
    }
  }

  /// Sums of P · log π over each sequence's targets, in double, [row][sequence].
  func distilledSums(_ answers: Tensor) -> [[Double]] {
    let values = answers.floats()
    return bySequence { sequence in
      questions.targetRange(sequence).reduce(0) {
        $0 + Double(questions.targetProbs[$1]) * Double(values[questions.targets[$1]])
      }
    }
  }

  /// d(loss)/d(answers), in their shape. Of log-probs: each label of a sequence gets its sequence's, and each token of a
  /// target its sequence's times its probability.
  func gradients(dPolicy: [[Double]], dDistilled: [[Double]]) -> Tensor {
    if quantity == .scores {
      return Tensor(dPolicy.joined().map { Float($0) }, shape: [layout.count, 1])
    }
    var values = [Float](repeating: 0, count: questions.entries.ids.count)
    let (labels, targets) = (dPolicy.flatMap { $0 }, dDistilled.flatMap { $0 })
    for sequence in 0..<layout.count {
      let label = Float(labels[sequence])
      for place in questions.labelRange(sequence) { values[questions.labels[place]] += label }
      guard !targets.isEmpty else { continue }
      for place in questions.targetRange(sequence) {
        values[questions.targets[place]] += Float(
          targets[sequence] * Double(questions.targetProbs[place]))
      }
    }
    return Tensor(values, shape: [values.count])
  }

  private func bySequence(_ value: (Int) -> Double) -> [[Double]] {
    rows.indices.map { row in
      (row * sequencesPerRow..<(row + 1) * sequencesPerRow).map(value)
    }
  }
}
