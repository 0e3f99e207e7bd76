public import Kernels

extension DecoderModel {
  /// Scores of a classifier: [B, labels], taken at the last token of each sequence whose id is
  /// not the padding id. The final logit cap does not apply.
  public func scores(
    _ tape: Tape, ids: [Int32], layout: SequenceLayout, recompute: Bool = false
  ) -> Variable {
    guard let score = weights.score else { preconditionFailure("has no scores of labels") }
    let hidden = hidden(tape, ids: ids, layout: layout, recompute: recompute)
    return tape.linear(
      tape.selectRows(hidden, pooledRows(ids, layout)), score, bias: weights.scoreBias)
  }

  /// Scores without gradients: [B, labels] f32.
  public func scores(ids: [Int32], layout: SequenceLayout) -> Tensor {
    scores(Tape(recording: false), ids: ids, layout: layout).value
  }

  /// The packed row that stands for each sequence.
  func pooledRows(_ ids: [Int32], _ layout: SequenceLayout) -> [Int] {
    (0..<layout.count).map { pooledRow(ids, layout.rows(of: $0)) }
  }

  /// By id, not by mask: a text that ends in the padding id is judged at the token before it.
  /// The first row when all ids are padding.
  private func pooledRow(_ ids: [Int32], _ rows: Range<Int>) -> Int {
    precondition(!rows.isEmpty, "an empty sequence has no score")
    guard let pad = config.specialTokens.pad else { return rows.upperBound - 1 }
    return rows.last { ids[$0] != pad } ?? rows.lowerBound
  }
}
