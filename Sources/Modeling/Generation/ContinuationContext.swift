internal import Kernels

/// Several texts that go on after one prompt, whose keys and values are there already.
struct ContinuationContext: ForwardContext {
  let model: DecoderModel
  /// The prompt's keys and values, a segment a layer, and its length.
  let prompt: [CacheSegment]
  let promptLength: Int
  /// Where the texts lie; their rows stand after the prompt's last position.
  let layout: SequenceLayout
  let positions: [Int32]
  private let rowLengths: [Int]

  init(model: DecoderModel, prompt: [CacheSegment], layout: SequenceLayout) {
    let length = prompt.first?.count ?? 0
    self.model = model
    self.prompt = prompt
    promptLength = length
    self.layout = layout
    positions = layout.positions.map { $0 + Int32(length) }
    rowLengths = layout.lengths.flatMap { Array(repeating: length + $0, count: $0) }
  }

  func rotated(_ tape: Tape, _ x: Variable, rope: Int) -> Variable {
    model.rotated(tape, x, rope: rope, positions: positions, lengths: rowLengths)
  }

  func attention(
    _ tape: Tape, _ query: Variable, _ key: Variable, _ value: Variable, layer: Int
  ) -> Variable {
    let streams = (0..<layout.count).map { text in
      let rows = layout.rows(of: text)
      return [
        prompt[layer],
        CacheSegment(
          keys: key.value.rows(rows), values: value.value.rows(rows), count: rows.count),
      ]
    }
    let rows = (0..<layout.count).flatMap { text in
      layout.rows(of: text).map { CacheRow(stream: text, position: Int(positions[$0])) }
    }
    return Variable(
      attendCached(
        q: query.value, rows: rows, streams: streams, shape: model.attentionShape(layer: layer)))
  }
}

extension DecoderModel {
  /// Keys and values of a prompt, a segment a layer.
  func promptCache(_ ids: [Int32]) -> [CacheSegment] {
    let tape = Tape(recording: false)
    let context = PrefillContext(model: self, length: ids.count)
    var x = embedded(tape, ids: ids, positions: context.positions)
    for index in weights.layers.indices { x = layer(tape, x, index, context) }
    return context.segments
  }

  /// Hidden states after the final norm of `ids`, packed by `layout`, each text read after the
  /// prompt: [N, C] f32. Rotary tables must be the same for the prompt and for what goes on
  /// after it (`RopeTables.differ`).
  func hidden(_ tape: Tape, ids: [Int32], layout: SequenceLayout, after prompt: [CacheSegment])
    -> Variable
  {
    let context = ContinuationContext(model: self, prompt: prompt, layout: layout)
    var x = embedded(tape, ids: ids, positions: context.positions)
    for index in weights.layers.indices { x = layer(tape, x, index, context) }
    return norm(tape, x, weights.finalNorm)
  }
}
