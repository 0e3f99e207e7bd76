internal import CKernels

/// ln Σ exp(x) of `values`, without overflow. -infinity when empty.
public func logSumExp(_ values: UnsafeBufferPointer<Float>) -> Double {
  guard let first = values.baseAddress, !values.isEmpty else { return -.infinity }
  var maximum = -Float.infinity
  var sum = 0.0
  operations.log_sum_update(first, values.count, &maximum, &sum)
  return Double(maximum) + logarithm(sum)
}
