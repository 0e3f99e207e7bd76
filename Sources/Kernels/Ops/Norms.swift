internal import CKernels

extension Tape {
  /// x / √(mean(x²) + eps) · weight over the last dimension, or over each run of `headDim` values
  /// of it when given (per-head query and key norms). `unitOffset` (Gemma): weight + 1 multiplies.
  ///
  /// x [N, C] f32, weight [C] or [headDim] f32; gives [N, C].
  public func rmsNorm(
    _ x: Variable, weight: Variable, eps: Float, unitOffset: Bool = false, headDim: Int? = nil
  ) -> Variable {
    let width = headDim ?? x.value.width
    precondition(x.value.width % width == 0, "heads of \(width) in \(x.shape)")
    precondition(weight.value.count == width, "norm weight \(weight.shape) for width \(width)")
    let rows = x.value.count / width
    let offset: Float = unitOffset ? 1 : 0
    let (y, inverse) = (Tensor(uninitialized: x.shape), Tensor(uninitialized: [rows]))
    let (to, scales, from) = (y.floatPointer, inverse.floatPointer, x.value.floatPointer)
    let factors = weight.value.floatPointer
    parallelRows(rows, width) { part in
      let start = part.lowerBound
      operations.rmsnorm(
        to + start * width, scales + start, from + start * width, factors, part.count, width, eps,
        offset)
    }
    return record(y, from: [x, weight]) { dOutput in
      let dx = Tensor(uninitialized: x.shape)
      let (dFrom, dTo, d) = (x.value.floatPointer, dx.floatPointer, dOutput.floatPointer)
      weight.accumulatePartials(rows: rows, width: width) { part, dWeight in
        let start = part.lowerBound
        operations.rmsnorm_backward(
          dTo + start * width, dWeight.first, d + start * width, dFrom + start * width,
          weight.value.floatPointer, inverse.floatPointer + start, part.count, width, offset)
      }
      x.slot.accumulate(dx)
    }
  }

  /// (x − mean) / √(variance + eps) · weight + bias over the last dimension of x [N, C].
  public func layerNorm(_ x: Variable, weight: Variable, bias: Variable?, eps: Float) -> Variable {
    let (rows, width) = (x.value.rows, x.value.width)
    precondition(
      weight.value.count == width && bias.map { $0.value.count == width } ?? true,
      "norm weight \(weight.shape) for \(x.shape)")
    let (y, mean) = (Tensor(uninitialized: x.shape), Tensor(uninitialized: [rows]))
    let inverse = Tensor(uninitialized: [rows])
    let (to, from) = (y.floatPointer, x.value.floatPointer)
    parallelRows(rows, width) { part in
      let start = part.lowerBound
      operations.layernorm(
        to + start * width, mean.floatPointer + start, inverse.floatPointer + start,
        from + start * width, weight.value.floatPointer, bias?.value.floatPointer, part.count,
        width, eps)
    }
    return record(y, from: [x, weight, bias]) { dOutput in
      let dx = Tensor(uninitialized: x.shape)
      let (dTo, d) = (dx.floatPointer, dOutput.floatPointer)
      weight.accumulatePartials(with: bias, rows: rows, width: width) { part, partials in
        let start = part.lowerBound
        operations.layernorm_backward(
          dTo + start * width, partials.first, partials.second, d + start * width,
          x.value.floatPointer + start * width, weight.value.floatPointer,
          mean.floatPointer + start, inverse.floatPointer + start, part.count, width)
      }
      x.slot.accumulate(dx)
    }
  }
}

/// Splits `rows` rows of `width` over the pool when they are worth it.
func parallelRows(_ rows: Int, _ width: Int, _ body: (Range<Int>) -> Void) {
  ThreadPool.shared.parallel(over: rows, grain: max(1, elementGrain / 4 / max(1, width)), body)
}

extension Variable {
  /// Runs `body` on parts of the rows, each with zeroed sums of its own for this variable's
  /// gradient (and `other`'s), and adds the sums in the order of the parts. nil where no gradient
  /// is required.
  fileprivate func accumulatePartials(
    with other: Variable? = nil, rows: Int, width: Int,
    _ body: (Range<Int>, (first: FloatPointer?, second: FloatPointer?)) -> Void
  ) {
    // 256 rows a part bounds the rounding of f32 sums and does not depend on the threads.
    let step = max(1, max(256, (rows + 63) / 64))
    let parts = (rows + step - 1) / step
    withScratch(2 * parts * width) { sums in
      sums.update(repeating: 0, count: 2 * parts * width)
      ThreadPool.shared.parallel(parts) { part in
        let mine = sums + 2 * part * width
        body(
          part * step..<min(rows, (part + 1) * step),
          (
            requiresGradient ? mine : nil,
            other?.requiresGradient ?? false ? mine + width : nil
          ))
      }
      for (index, variable) in [self, other].enumerated() {
        variable?.slot.accumulate { gradient in
          for part in 0..<parts {
            operations.axpy(gradient, sums + (2 * part + index) * width, 1, width)
          }
        }
      }
    }
  }
}
