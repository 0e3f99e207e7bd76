internal import Kernels

/// A whole prompt, whose keys and values are kept for the tokens to come.
final class PrefillContext: ForwardContext {
  private let packed: PackedContext
  private(set) var segments: [CacheSegment] = []
  var positions: [Int32] { packed.positions }

  init(model: DecoderModel, length: Int) {
    packed = PackedContext(model: model, layout: SequenceLayout(lengths: [length]))
  }

  func rotated(_ tape: Tape, _ x: Variable, rope: Int) -> Variable {
    packed.rotated(tape, x, rope: rope)
  }

  func attention(
    _ tape: Tape, _ query: Variable, _ key: Variable, _ value: Variable, layer: Int
  ) -> Variable {
    segments.append(
      CacheSegment(keys: key.value, values: value.value, count: key.value.rows))
    return packed.attention(tape, query, key, value, layer: layer)
  }
}

/// One new token for each of several streams.
struct StepContext: ForwardContext {
  let model: DecoderModel
  let caches: [StreamCache]
  let positions: [Int32]

  /// Streams have room for the token already.
  init(model: DecoderModel, caches: [StreamCache]) {
    self.model = model
    self.caches = caches
    positions = caches.map { Int32($0.length) }
  }

  func rotated(_ tape: Tape, _ x: Variable, rope: Int) -> Variable {
    model.rotated(
      tape, x, rope: rope, positions: positions, lengths: positions.map { Int($0) + 1 })
  }

  func attention(
    _ tape: Tape, _ query: Variable, _ key: Variable, _ value: Variable, layer: Int
  ) -> Variable {
    for (row, cache) in caches.enumerated() {
      cache.store(
        key: key.value.rows(row..<row + 1), value: value.value.rows(row..<row + 1), layer: layer)
    }
    let rows = caches.indices.map { CacheRow(stream: $0, position: Int(positions[$0])) }
    return Variable(
      attendCached(
        q: query.value, rows: rows, streams: caches.map { $0.layers[layer] },
        shape: model.attentionShape(layer: layer)))
  }
}
