internal import CKernels

/// Arithmetic without gradients on f32 tensors of one shape: what merging and averaging need.
/// On the thread pool.
extension Tensor {
  /// self + factor · other.
  public func adding(_ other: Tensor, times factor: Float = 1) -> Tensor {
    let result = copied()
    result.add(other, times: factor)
    return result
  }

  /// Adds factor · other in place. self must own writable bytes that nobody else reads now.
  public func add(_ other: Tensor, times factor: Float = 1) {
    precondition(shape == other.shape, "\(shape) and \(other.shape)")
    precondition(storage.isWritable, "adding to read-only bytes")
    let (to, from) = (floatPointer, other.floatPointer)
    ThreadPool.shared.parallel(over: count, grain: elementGrain) { part in
      operations.axpy(to + part.lowerBound, from + part.lowerBound, factor, part.count)
    }
  }

  /// factor · self.
  public func scaled(by factor: Float) -> Tensor { scaledElements(self, by: factor) }

  /// self · other, element by element.
  public func multiplied(by other: Tensor) -> Tensor {
    precondition(shape == other.shape, "\(shape) and \(other.shape)")
    return multipliedElements(self, other)
  }

  /// Σ self · other, in double over fixed pieces in order: the same on any number of threads.
  public func dot(_ other: Tensor) -> Double {
    precondition(shape == other.shape, "\(shape) and \(other.shape)")
    let (a, b, piece) = (floatPointer, other.floatPointer, 1 << 12)
    var sum = 0.0
    for start in stride(from: 0, to: count, by: piece) {
      sum += Double(operations.dot(a + start, b + start, min(piece, count - start)))
    }
    return sum
  }
}
