internal import CKernels

/// Rows between tensors of different float types. A row is one entry of the first dimension, so
/// that a vector has rows of one element.
extension Tensor {
  /// Elements of one row: the dimensions behind the first, multiplied.
  public var rowElements: Int { shape.dropFirst().reduce(1, *) }

  /// Writes rows `range` of this f64, f32, bf16 or f16 tensor to `target`, f32 or f64, from its
  /// row `first` on. Widening is exact; f64 to f32 rounds to nearest even. On the calling thread.
  public func copyRows(_ range: Range<Int>, to target: Tensor, at first: Int) {
    let elements = checkedRowElements(range, to: target, at: first)
    let from = rawPointer + range.lowerBound * elements * dtype.blockBytes
    let to = target.rawPointer + first * elements * target.dtype.blockBytes
    withExtendedLifetime((self, target)) {
      switch (dtype, target.dtype) {
      case (.f64, .f64): to.copyMemory(from: from, byteCount: 8 * elements * range.count)
      case (.f64, _): narrow(from, to, elements * range.count)
      case (_, .f64): widen(from, to, elements * range.count)
      default:
        ck_to_f32(
          weightType, from, to.assumingMemoryBound(to: Float.self), elements * range.count)
      }
    }
  }

  /// Sets rows `range` to zero.
  public func clearRows(_ range: Range<Int>) {
    let elements = checkedRowElements(range, to: self, at: range.lowerBound)
    let rowBytes = elements * dtype.blockBytes
    (rawPointer + range.lowerBound * rowBytes).initializeMemory(
      as: UInt8.self, repeating: 0, count: range.count * rowBytes)
  }

  private func checkedRowElements(_ range: Range<Int>, to target: Tensor, at first: Int) -> Int {
    precondition(dtype.isFloatingPoint && !dtype.isQuantised, "rows of \(dtype)")
    precondition(target.dtype == .f32 || target.dtype == .f64, "rows as \(target.dtype)")
    precondition(target.storage.isWritable, "writing to read-only bytes")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape.first ?? 1
        && first >= 0 && range.count <= (target.shape.first ?? 1) - first,
      "rows \(range) of \(shape) to row \(first) of \(target.shape)")
    precondition(rowElements == target.rowElements, "rows of \(shape) in \(target.shape)")
    return rowElements
  }

  private func narrow(
    _ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int
  ) {
    let (from, to) = (
      from.assumingMemoryBound(to: Double.self), to.assumingMemoryBound(to: Float.self)
    )
    for index in 0..<count { to[index] = Float(from[index]) }
  }

  private func widen(
    _ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int
  ) {
    let to = to.assumingMemoryBound(to: Double.self)
    // In pieces, so that the f32 values between stay in the cache.
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 1024) { piece in
      guard let floats = piece.baseAddress else { return }
      for start in stride(from: 0, to: count, by: 1024) {
        let length = min(1024, count - start)
        ck_to_f32(weightType, from + start * dtype.blockBytes, floats, length)
        for index in 0..<length { to[start + index] = Double(floats[index]) }
      }
    }
  }
}
