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
  private let rowLengths: [Int]

  init(model: DecoderModel, layout: SequenceLayout) {
    self.model = model
    self.layout = layout
    positions = layout.positions
    rowLengths = layout.lengths.flatMap { Array(repeating: $0, count: $0) }
  }

  func rotated(_ tape: Tape, _ x: Variable, rope: Int) -> Variable {
    model.rotated(tape, x, rope: rope, positions: positions, lengths: rowLengths)
  }

  func attention(
    _ tape: Tape, _ query: Variable, _ key: Variable, _ value: Variable, layer: Int
  ) -> Variable {
    tape.attention(
      q: query, k: key, v: value, layout: layout, shape: model.attentionShape(layer: layer))
  }
}
