extension TrainingRow {
  /// One-sequence rows joined in order and cut into blocks of exactly `blockLength` tokens; the
  /// incomplete tail is dropped. Sequences see what stands before them in their block.
  ///
  /// - Returns: rows of one sequence; empty when all tokens together do not fill a block.
  public static func packed(_ rows: [TrainingRow], blockLength: Int) -> [TrainingRow] {
    precondition(blockLength > 1, "blocks of \(blockLength) tokens")
    let ids = rows.flatMap { $0.sequences.flatMap(\.ids) }
    let labels = rows.flatMap { $0.sequences.flatMap(\.labels) }
    return (0..<ids.count / blockLength).map { block in
      let range = block * blockLength..<(block + 1) * blockLength
      return TrainingRow(sequences: [
        Sequence(ids: Array(ids[range]), labels: Array(labels[range]))
      ])
    }
  }
}
