internal import Kernels

extension DecoderModel {
  /// x [N, heads · head width] with the rotary positions of rope `index`.
  ///
  /// - Parameters:
  ///   - positions: One a row.
  ///   - lengths: Tokens of the sequence each row belongs to. Dynamic and longrope scaling choose
  ///     their table by it, sequence by sequence, so that a sequence's result does not depend on
  ///     what else is in the batch.
  func rotated(
    _ tape: Tape, _ x: Variable, rope index: Int, positions: [Int32], lengths: [Int]
  ) -> Variable {
    let rope = config.ropes[index]
    let classes = lengths.map(rope.tableClass)
    let distinct = Set(classes).sorted()
    let turned = distinct.map { wanted in
      tape.rope(
        x, table: ropeTables.table(index, length: lengths[classes.firstIndex(of: wanted) ?? 0]),
        positions: positions, headDim: config.attention.headWidth)
    }
    guard turned.count > 1 else { return turned.first ?? x }
    // Rows of several classes: each takes the result of its own.
    let chosen = zip(turned, distinct).map { turned, wanted in
      tape.multiply(turned, mask(classes.map { $0 == wanted }, width: x.value.width))
    }
    return chosen.dropFirst().reduce(chosen[0]) { tape.add($0, $1) }
  }

  /// [rows, width]: 1 in the rows that are chosen, else 0.
  private func mask(_ isChosen: [Bool], width: Int) -> Variable {
    let mask = Tensor(zeros: [isChosen.count, width])
    for (row, isChosen) in isChosen.enumerated() where isChosen {
      (mask.floatPointer + row * width).update(repeating: 1, count: width)
    }
    return Variable(mask)
  }
}
