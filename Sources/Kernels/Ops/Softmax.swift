internal import CKernels

/// Softmax of each row of `x` [M, V] f32: [M, V]. A row of −∞ only gives NaN.
public func softmax(_ x: Tensor) -> Tensor {
  let (width, result, sums) = (x.width, x.copied(), Tensor(uninitialized: [x.rows]))
  let (probs, logSums) = (result.floatPointer, sums.floatPointer)
  parallelRows(x.rows, width) { part in
    var block = ck_attention_block(
      rows: part.count, columns: width, stride: width, first_query: 0, first_key: 0,
      causal: false, window: 0, scale: 1, softcap: 0)
    operations.attention_softmax(
      probs + part.lowerBound * width, logSums + part.lowerBound, &block)
  }
  return result
}

/// Logarithm of the softmax of each row of `x` [M, V] f32: [M, V].
public func logSoftmax(_ x: Tensor) -> Tensor {
  let (width, result) = (x.width, Tensor(uninitialized: x.shape))
  let (from, to) = (x.floatPointer, result.floatPointer)
  parallelRows(x.rows, width) { part in
    for row in part {
      var (maximum, sum) = (-Float.infinity, 0.0)
      operations.log_sum_update(from + row * width, width, &maximum, &sum)
      let logSum = maximum + Float(logarithm(sum))
      for column in row * width..<(row + 1) * width { to[column] = from[column] - logSum }
    }
  }
  return result
}
