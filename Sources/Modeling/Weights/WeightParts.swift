package import Kernels

// Parts of fused projections: cut out when a model is opened, put together when it is saved.

/// The outputs `ranges` of a projection or bias: a view where they lie together, else a copy.
/// Outputs are rows, or columns when `isTransposed`.
func cut(_ tensor: Tensor, outputs ranges: [Range<Int>], isTransposed: Bool) -> Tensor {
  if !isTransposed, ranges.count == 1 { return tensor.rows(ranges[0]) }
  let count = ranges.reduce(0) { $0 + $1.count }
  let shape = isTransposed ? [tensor.shape[0], count] : [count] + tensor.shape.dropFirst()
  let part = Tensor(zeros: shape, dtype: tensor.dtype)
  copyOutputs(from: tensor, at: ranges, to: part, at: packed(ranges), isTransposed: isTransposed)
  return part
}

/// Writes `part`, as `cut` gave it, back to its place in `whole`.
func paste(_ part: Tensor, into whole: Tensor, outputs ranges: [Range<Int>], isTransposed: Bool) {
  copyOutputs(from: part, at: packed(ranges), to: whole, at: ranges, isTransposed: isTransposed)
}

/// `ranges` moved together, from 0.
private func packed(_ ranges: [Range<Int>]) -> [Range<Int>] {
  var start = 0
  return ranges.map { range in
    defer { start += range.count }
    return start..<start + range.count
  }
}

private func copyOutputs(
  from source: Tensor, at sourceRanges: [Range<Int>], to target: Tensor,
  at targetRanges: [Range<Int>], isTransposed: Bool
) {
  precondition(source.dtype == target.dtype, "\(source.dtype) into \(target.dtype)")
  for (from, to) in zip(sourceRanges, targetRanges) {
    guard isTransposed else {
      copyBytes(source.rows(from), 0, target.rows(to), 0, count: source.rows(from).byteCount)
      continue
    }
    let size = source.dtype.blockBytes
    for row in 0..<source.shape[0] {
      copyBytes(
        source, (row * source.shape[1] + from.lowerBound) * size,
        target, (row * target.shape[1] + to.lowerBound) * size, count: from.count * size)
    }
  }
}

private func copyBytes(
  _ source: Tensor, _ sourceOffset: Int, _ target: Tensor, _ targetOffset: Int, count: Int
) {
  guard count > 0 else { return }
  (target.rawPointer + targetOffset).copyMemory(
    from: source.rawPointer + sourceOffset, byteCount: count)
}

/// Rows of GGUF's `llama` query and key projections in HF's order: the file interleaves the two
/// rope halves of each head (row 2i is row i of the first half, 2i + 1 of the second).
func unpermuted(_ tensor: Tensor, heads: Int) -> Tensor {
  let headRows = tensor.shape[0] / heads
  let result = Tensor(zeros: tensor.shape, dtype: tensor.dtype)
  let rowBytes = tensor.byteCount / max(1, tensor.shape[0])
  for head in 0..<heads {
    for row in 0..<headRows {
      let half = headRows / 2
      let from = head * headRows + (row < half ? 2 * row : 2 * (row - half) + 1)
      copyBytes(
        tensor, from * rowBytes, result, (head * headRows + row) * rowBytes, count: rowBytes)
    }
  }
  return result
}

/// The transposed copy of an f32 matrix.
package func transposed(_ tensor: Tensor) -> Tensor {
  let (rows, columns) = (tensor.shape[0], tensor.shape[1])
  let result = Tensor(zeros: [columns, rows])
  let (source, target) = (tensor.floatPointer, result.floatPointer)
  for row in 0..<rows {
    for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
  }
  return result
}
