import Testing

@testable import Kernels

@Suite struct AttentionTests {
  static let shapes = [
    AttentionShape(heads: 4, kvHeads: 2, headDim: 16),
    AttentionShape(heads: 2, kvHeads: 2, headDim: 20, window: 5),
    AttentionShape(heads: 3, kvHeads: 1, headDim: 8, scale: 0.5, window: 1, softcap: 3),
  ]

  /// The specification in plain loops, one query at a time.
  static func plain(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ shape: AttentionShape) -> [Float] {
    let (q, k, v, size) = (q.floats(), k.floats(), v.floats(), shape.headDim)
    let (queryWidth, keyWidth) = (shape.heads * size, shape.kvHeads * size)
    var output = [Float](repeating: 0, count: q.count)
    for row in 0..<q.count / queryWidth {
      for head in 0..<shape.heads {
        let shared = head * shape.kvHeads / shape.heads * size
        let first = shape.window.map { max(0, row - $0 + 1) } ?? 0
        let scores = (first...row).map { key -> Double in
          let product = (0..<size).reduce(0.0) {
            $0 + Double(q[row * queryWidth + head * size + $1])
              * Double(k[key * keyWidth + shared + $1])
          }
          let scaled = product * Double(shape.scale)
          guard let cap = shape.softcap.map(Double.init) else { return scaled }
          let e = exponential(2 * scaled / cap)
          return cap * (e - 1) / (e + 1)
        }
        let weights = scores.map(exponential)
        let sum = weights.reduce(0, +)
        for i in 0..<size {
          let mixed = zip(first...row, weights).reduce(0.0) {
            $0 + $1.1 * Double(v[$1.0 * keyWidth + shared + i])
          }
          output[row * queryWidth + head * size + i] = Float(mixed / sum)
        }
      }
    }
    return output
  }

  @Test(arguments: shapes)
  func matchesThePlainLoops(shape: AttentionShape) {
    let lengths = [130, 1, 9]
    let rows = lengths.reduce(0, +)
    let q = values([rows, shape.queryWidth], scale: 2)
    let (k, v) = (
      values([rows, shape.keyWidth], seed: 2, scale: 2), values([rows, shape.keyWidth], seed: 3)
    )
    let layout = SequenceLayout(lengths: lengths)
    let output = Tape(recording: false).attention(
      q: Variable(q), k: Variable(k), v: Variable(v), layout: layout, shape: shape)
    for index in 0..<layout.count {
      let part = layout.rows(of: index)
      expectClose(
        output.value.rows(part).floats(),
        Self.plain(q.rows(part), k.rows(part), v.rows(part), shape), relative: 2e-6, floor: 1)
    }
  }

  /// Keys in two segments (a shared prompt and a stream's own) give what one sequence gives, for
  /// several rows of one stream and rows of several streams at once.
  @Test(arguments: shapes)
  func cachedMatchesWhole(shape: AttentionShape) {
    let (length, split, capacity) = (23, 9, 40)
    let q = values([length, shape.queryWidth], scale: 2)
    let (k, v) = (
      values([length, shape.keyWidth], seed: 2), values([length, shape.keyWidth], seed: 3)
    )
    let whole = Tape(recording: false).attention(
      q: Variable(q), k: Variable(k), v: Variable(v), layout: SequenceLayout(lengths: [length]),
      shape: shape
    ).value
    let prompt = CacheSegment(keys: k.rows(0..<split), values: v.rows(0..<split), count: split)
    let own = CacheSegment(
      keys: Tensor(zeros: [capacity, shape.keyWidth]),
      values: Tensor(zeros: [capacity, shape.keyWidth]), count: length - split)
    storeRows(k.rows(split..<length), in: own.keys, at: Array(0..<length - split))
    storeRows(v.rows(split..<length), in: own.values, at: Array(0..<length - split))
    let together = CacheSegment(keys: k, values: v, count: length)
    let rows = (0..<length).map { CacheRow(stream: $0 % 2, position: $0) }
    let cached = attendCached(
      q: q, rows: rows, streams: [[prompt, own], [together]], shape: shape)
    expectClose(cached.floats(), whole.floats(), relative: 2e-6, floor: 1)
  }
}
