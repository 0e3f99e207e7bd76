internal import CKernels

/// How a weight matrix is stored.
public enum WeightLayout: Sendable {
  /// [out, in]: torch's Linear.
  case outIn
  /// [in, out]: GPT-2's Conv1D.
  case inOut
}

/// A product of activations with a weight, as `Tape.linearObserver` sees it.
package struct LinearCall {
  /// [N, in] f32.
  package let input: Tensor
  package let weight: Variable
  package let layout: WeightLayout
}

extension Tape {
  /// x [N, in] times the weight, plus bias [out]: [N, out] f32.
  ///
  /// The weight may be f32, bf16, f16 or quantised blocks (read in place) when it needs no
  /// gradient. Its gradient is added straight into `w.gradient`.
  public func linear(
    _ x: Variable, _ w: Variable, bias: Variable? = nil, layout: WeightLayout = .outIn
  ) -> Variable {
    linearObserver?(LinearCall(input: x.value, weight: w, layout: layout))
    let weight = LinearWeight(w.value, layout: layout)
    let y = weight.apply(to: x.value, bias: bias?.value)
    return record(y, from: [x, w, bias]) { dOutput in
      x.slot.accumulate(inPlace: { weight.addInputGradient(dOutput, into: $0, beta: $1) })
      w.slot.accumulate(inPlace: { weight.addWeightGradient(dOutput, x.value, into: $0, beta: $1) })
      bias?.slot.accumulate(adding: { addColumnSums(dOutput, into: $0) })
    }
  }
}

/// Adds the sum over rows of `x` [N, C] to `sums` [C], row after row.
func addColumnSums(_ x: Tensor, into sums: UnsafeMutablePointer<Float>) {
  let (height, width, from) = (x.rows, x.width, x.floatPointer)
  ThreadPool.shared.parallel(over: width, grain: 64) { part in
    for row in 0..<height {
      operations.axpy(
        sums + part.lowerBound, from + row * width + part.lowerBound, 1, part.count)
    }
  }
}
