internal import CKernels

/// Keys and values of consecutive tokens in one layer: f32 [capacity, kvHeads · headDim] each.
///
/// A stream's cache is a list of segments, so that samples of one prompt share the prompt's.
public struct CacheSegment: Sendable {
  public let keys: Tensor
  public let values: Tensor
  /// Rows in use, from the first.
  public var count: Int

  public init(keys: Tensor, values: Tensor, count: Int) {
    precondition(keys.shape == values.shape && count <= keys.rows, "cache \(keys.shape), \(count)")
    self.keys = keys
    self.values = values
    self.count = count
  }
}

/// One query row of a step: `position` in the stream that is number `stream` of the step.
public struct CacheRow: Sendable, Equatable {
  public var stream: Int
  public var position: Int

  public init(stream: Int, position: Int) {
    self.stream = stream
    self.position = position
  }
}

/// Attention of new tokens to cached ones (decoding, and prefill of several tokens).
///
/// Row r is the token at `rows[r].position` of stream `rows[r].stream`; it sees positions
/// 0...position of that stream (the last `window` of them with a window), which the caller has
/// stored already with `storeRows`. The segments of a stream are its positions from 0 on.
/// - Parameters:
///   - q: [rows.count, heads · headDim] f32, rope applied; cached keys have rope applied too.
///   - streams: for each stream its segments in order.
/// - Returns: [rows.count, heads · headDim] f32. A row's result does not depend on the others.
public func attendCached(
  q: Tensor, rows: [CacheRow], streams: [[CacheSegment]], shape: AttentionShape
) -> Tensor {
  precondition(q.shape == [rows.count, shape.queryWidth], "q \(q.shape) for \(shape)")
  for row in rows {
    let cached = streams[row.stream].reduce(0) { $0 + $1.count }
    precondition(row.position < cached, "position \(row.position) of \(cached) cached")
  }
  let output = Tensor(uninitialized: q.shape)
  let (from, to, size) = (q.floatPointer, output.floatPointer, shape.headDim)
  ThreadPool.shared.parallel(over: rows.count * shape.kvHeads) { tasks in
    for task in tasks {
      let (row, keyHead) = (task / shape.kvHeads, task % shape.kvHeads)
      let offset = row * shape.queryWidth + keyHead * shape.group * size
      attendRow(
        from + offset, into: to + offset, position: rows[row].position,
        segments: streams[rows[row].stream], keyHead: keyHead, shape: shape)
    }
  }
  return output
}

/// Copies rows of `new` [M, W] to rows `places` of `cache` [capacity, W], one each.
public func storeRows(_ new: Tensor, in cache: Tensor, at places: [Int]) {
  let width = new.width
  precondition(new.rows == places.count && cache.width == width, "\(new.shape) to \(cache.shape)")
  precondition(places.allSatisfy { 0 <= $0 && $0 < cache.rows }, "\(places) of \(cache.shape)")
  let (from, to) = (new.floatPointer, cache.floatPointer)
  for (index, place) in places.enumerated() {
    (to + place * width).update(from: from + index * width, count: width)
  }
}

/// The query heads of one key head at one position.
private func attendRow(
  _ q: FloatPointer, into output: FloatPointer, position: Int, segments: [CacheSegment],
  keyHead: Int, shape: AttentionShape
) {
  let first = shape.window.map { max(0, position - $0 + 1) } ?? 0
  let (count, width, size) = (position + 1 - first, shape.keyWidth, shape.headDim)
  let parts = visibleParts(segments, first: first, count: count)
  withScratch(shape.group * count + shape.group) { scores in
    for part in parts {
      operations.cached_scores(
        scores + part.column, count, q, shape.group,
        part.segment.keys.floatPointer + part.row * width + keyHead * size, width, part.count, size)
    }
    var block = ck_attention_block(
      rows: shape.group, columns: count, stride: count, first_query: 0, first_key: 0,
      causal: false, window: 0, scale: shape.scale, softcap: shape.softcap ?? 0)
    operations.attention_softmax(scores, scores + shape.group * count, &block)
    output.update(repeating: 0, count: shape.group * size)
    for part in parts {
      operations.cached_mix(
        output, scores + part.column, count, shape.group,
        part.segment.values.floatPointer + part.row * width + keyHead * size, width, part.count,
        size)
    }
  }
}

private struct VisiblePart {
  let segment: CacheSegment
  /// First row of the segment, and the column of the scores it goes to.
  let row: Int
  let column: Int
  let count: Int
}

/// The rows of `segments` that hold positions first..<first + count.
private func visibleParts(_ segments: [CacheSegment], first: Int, count: Int) -> [VisiblePart] {
  var parts: [VisiblePart] = []
  var start = 0
  for segment in segments {
    let (from, to) = (max(first, start), min(first + count, start + segment.count))
    if from < to {
      parts.append(
        VisiblePart(segment: segment, row: from - start, column: from - first, count: to - from))
    }
    start += segment.count
  }
  return parts
}
