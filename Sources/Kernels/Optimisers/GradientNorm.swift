internal import CKernels

/// √Σ d² over the gradients of all `parameters` together (missing ones are zero). Summed in double
/// over fixed pieces in order: the same on any number of threads.
public func globalNorm(_ parameters: [Variable]) -> Double {
  var total = 0.0
  for parameter in parameters {
    if let gradient = parameter.gradient { total += sumOfSquares(gradient) }
  }
  return total.squareRoot()
}

/// What gradients of norm `norm` are multiplied by so that it is at most `limit`, as torch does:
/// min(1, limit / (norm + 1e-6)). 1 when `limit` is 0 (off).
public func clipFactor(norm: Double, limit: Double) -> Double {
  limit > 0 ? min(1, limit / (norm + 1e-6)) : 1
}

/// Multiplies the gradients by the factor that brings their global norm to at most `limit`.
/// `AdamW.step(gradientScale:)` does the same without the extra pass.
/// - Returns: the norm before clipping.
@discardableResult
public func clipGradients(_ parameters: [Variable], limit: Double) -> Double {
  let norm = globalNorm(parameters)
  let factor = clipFactor(norm: norm, limit: limit)
  if factor < 1 {
    for parameter in parameters {
      parameter.gradient = parameter.gradient.map { scaledElements($0, by: Float(factor)) }
    }
  }
  return norm
}

/// Σ x² of an f32 tensor, in double.
public func sumOfSquares(_ x: Tensor) -> Double {
  let piece = 1 << 16
  let (base, count) = (x.floatPointer, x.count)
  var sums = [Double](repeating: 0, count: (count + piece - 1) / piece)
  sums.withUnsafeMutableBufferPointer { sums in
    guard let sums = sums.baseAddress else { return }
    ThreadPool.shared.parallel(over: (count + piece - 1) / piece) {
      for index in $0 {
        let start = index * piece
        sums[index] = operations.sum_of_squares(base + start, min(piece, count - start))
      }
    }
  }
  return sums.reduce(0, +)
}
