internal import Kernels

/// Where the rows of a forward pass stand: how they are rotated and what they attend to.
protocol ForwardContext {
  func rotated(_ tape: Tape, _ x: Variable, rope: Int) -> Variable
  func attention(
    _ tape: Tape, _ query: Variable, _ key: Variable, _ value: Variable, layer: Int
  ) -> Variable
}

/// Whole sequences from position 0, as in training and scoring.
struct PackedContext: ForwardContext {
  let model: DecoderModel
  let layout: SequenceLayout
  let positions: [Int32]

  init(model: DecoderModel, layout: SequenceLayout) {
    self.model = model
    self.layout = layout
    positions = layout.positions
  }

  func rotated(_ tape: Tape, _ x: Variable, rope: Int) -> Variable {
    let width = model.config.attention.headWidth
    let classes = lengthClasses(rope: rope)
    let turned = classes.map { length, _ in
      tape.rope(
        x, table: model.ropeTables.table(rope, length: length), positions: positions,
        headDim: width)
    }
    guard turned.count > 1 else { return turned.first ?? x }
    // Sequences of different length classes (dynamic, longrope) in one batch: each row takes the
    // result of its own class.
    let chosen = zip(turned, classes).map { turned, entry in
      tape.multiply(turned, mask(entry.sequences, width: x.value.width))
    }
    return chosen.dropFirst().reduce(chosen[0]) { tape.add($0, $1) }
  }

  func attention(
    _ tape: Tape, _ query: Variable, _ key: Variable, _ value: Variable, layer: Int
  ) -> Variable {
    tape.attention(
      q: query, k: key, v: value, layout: layout, shape: model.attentionShape(layer: layer))
  }

  /// The sequences that share a table, with a length that stands for them.
  private func lengthClasses(rope: Int) -> [(length: Int, sequences: [Int])] {
    let rope = model.config.ropes[rope]
    var classes: [(length: Int, sequences: [Int])] = []
    for (index, length) in layout.lengths.enumerated() {
      let own = rope.tableClass(length: length)
      if let place = classes.firstIndex(where: { rope.tableClass(length: $0.length) == own }) {
        classes[place].sequences.append(index)
      } else {
        classes.append((length, [index]))
      }
    }
    return classes
  }

  /// [N, width]: 1 in the rows of `sequences`, else 0.
  private func mask(_ sequences: [Int], width: Int) -> Variable {
    let mask = Tensor(zeros: [layout.tokenCount, width])
    for sequence in sequences {
      let rows = layout.rows(of: sequence)
      (mask.floatPointer + rows.lowerBound * width).update(
        repeating: 1, count: rows.count * width)
    }
    return Variable(mask)
  }
}
