internal import CKernels

/// Nonlinearities of the models we read, by the name of their formula.
public enum Activation: String, Sendable, CaseIterable {
  case relu, reluSquared, sigmoid, tanh
  /// x · sigmoid(x), also called swish.
  case silu
  /// x/2 · (1 + erf(x/√2)): torch's default "gelu".
  case gelu
  /// The tanh form: "gelu_new", "gelu_pytorch_tanh".
  case geluTanh
  /// x · sigmoid(1.702 x).
  case geluQuick

  var kernel: ck_activation {
    switch self {
    case .relu: ck_relu
    case .reluSquared: ck_relu_squared
    case .sigmoid: ck_sigmoid
    case .tanh: ck_tanh
    case .silu: ck_silu
    case .gelu: ck_gelu
    case .geluTanh: ck_gelu_tanh
    case .geluQuick: ck_gelu_quick
    }
  }
}

extension Tape {
  /// kind(x), element by element.
  public func activation(_ x: Variable, _ kind: Activation) -> Variable {
    let y = Tensor(uninitialized: x.shape)
    let (to, from) = (y.floatPointer, x.value.floatPointer)
    ThreadPool.shared.parallel(over: y.count, grain: elementGrain / 4) { part in
      operations.activation(kind.kernel, to + part.lowerBound, from + part.lowerBound, part.count)
    }
    return record(y, from: [x]) { dOutput in
      let dx = Tensor(uninitialized: x.shape)
      let (dTo, d, from) = (dx.floatPointer, dOutput.floatPointer, x.value.floatPointer)
      ThreadPool.shared.parallel(over: dx.count, grain: elementGrain / 4) { part in
        let start = part.lowerBound
        operations.activation_backward(
          kind.kernel, dTo + start, d + start, from + start, part.count)
      }
      x.slot.accumulate(dx)
    }
  }

  /// kind(gate) · up, both [N, F]: the middle of a gated MLP (SwiGLU, GeGLU).
  public func gatedActivation(gate: Variable, up: Variable, kind: Activation) -> Variable {
    precondition(gate.shape == up.shape, "gate \(gate.shape), up \(up.shape)")
    let y = Tensor(uninitialized: gate.shape)
    let (to, gates, ups) = (y.floatPointer, gate.value.floatPointer, up.value.floatPointer)
    ThreadPool.shared.parallel(over: y.count, grain: elementGrain / 4) { part in
      let start = part.lowerBound
      operations.gated(kind.kernel, to + start, gates + start, ups + start, part.count)
    }
    return record(y, from: [gate, up]) { dOutput in
      let (dGate, dUp) = (Tensor(uninitialized: gate.shape), Tensor(uninitialized: up.shape))
      let (gateTo, upTo, d) = (dGate.floatPointer, dUp.floatPointer, dOutput.floatPointer)
      let (gates, ups) = (gate.value.floatPointer, up.value.floatPointer)
      ThreadPool.shared.parallel(over: dGate.count, grain: elementGrain / 4) { part in
        let start = part.lowerBound
        operations.gated_backward(
          kind.kernel, gateTo + start, upTo + start, d + start, gates + start, ups + start,
          part.count)
      }
      gate.slot.accumulate(dGate)
      up.slot.accumulate(dUp)
    }
  }
}
