internal import CKernels

extension Tensor {
  /// The same values in bytes of their own.
  public func copied() -> Tensor {
    let copy = Tensor(uninitialized: shape, dtype: dtype)
    copy.rawPointer.copyMemory(from: rawPointer, byteCount: byteCount)
    return copy
  }

  /// As f32, bf16 or f16, rounded to nearest even; self when it has that dtype already. From any
  /// float dtype but f64.
  public func converted(to dtype: DType) -> Tensor {
    if dtype == self.dtype { return self }
    let source = dequantised(self)
    if dtype == .f32 { return source }
    precondition(dtype == .bf16 || dtype == .f16, "conversion to \(dtype)")
    let result = Tensor(uninitialized: shape, dtype: dtype)
    let (from, to) = (source.floatPointer, result.rawPointer.assumingMemoryBound(to: UInt16.self))
    withExtendedLifetime(source) {
      ThreadPool.shared.parallel(over: count, grain: elementGrain) { part in
        let start = part.lowerBound
        if dtype == .bf16 {
          operations.to_bf16(to + start, from + start, part.count)
        } else {
          operations.to_f16(to + start, from + start, part.count)
        }
      }
    }
    return result
  }

  /// No value of an f32 tensor is infinite or NaN. One pass over the bytes on all threads.
  public var isFinite: Bool {
    let (base, piece) = (floatPointer, 1 << 16)
    var verdicts = [Bool](repeating: true, count: (count + piece - 1) / piece)
    verdicts.withUnsafeMutableBufferPointer { verdicts in
      guard let verdicts = verdicts.baseAddress else { return }
      ThreadPool.shared.parallel(over: (count + piece - 1) / piece) {
        for index in $0 {
          let start = index * piece
          verdicts[index] = operations.all_finite(base + start, min(piece, count - start))
        }
      }
    }
    return !verdicts.contains(false)
  }
}
