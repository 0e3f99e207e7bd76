import Testing

@testable import Kernels

@Suite struct TapeTests {
  @Test func keepsNothingWhenItDoesNotRecord() {
    weak var freed: Variable?
    do {
      let tape = Tape(recording: false)
      let x = parameter([4, 4])
      let y = tape.scaled(x, by: 2)
      freed = y
      #expect(!y.requiresGradient)
    }
    #expect(freed == nil)
  }

  /// Activations go while backward runs: the first op's backward sees the second's output freed.
  @Test func freesActivationsAsBackwardConsumesThem() {
    let tape = Tape()
    let x = parameter([4, 4])
    weak var middle: Variable?
    let output = {
      let y = tape.activation(x, .silu)
      middle = y
      return tape.activation(y, .silu)
    }()
    #expect(middle != nil)
    tape.backward(from: output, dOutput: Tensor(zeros: [4, 4]))
    #expect(middle == nil)
  }

  @Test func gradientsAddUpOverBackwards() {
    let x = parameter([3, 5])
    for _ in 0..<2 {
      let tape = Tape()
      tape.backward(from: tape.scaled(x, by: 3), dOutput: Tensor(ones(15), shape: [3, 5]))
    }
    #expect(x.gradient?.floats() == Array(repeating: 6, count: 15))
  }

  /// A gradient two variables share is not changed in place for one of them.
  @Test func sharedGradientsStayApart() {
    let (a, b) = (parameter([2, 2]), parameter([2, 2], seed: 2))
    let tape = Tape()
    let sum = tape.add(a, b)
    let dSum = Tensor(ones(4), shape: [2, 2])
    let more = tape.scaled(a, by: 4)
    tape.backward(from: [(more, Tensor(ones(4), shape: [2, 2])), (sum, dSum)])
    #expect(a.gradient?.floats() == Array(repeating: 5, count: 4))
    #expect(b.gradient?.floats() == Array(repeating: 1, count: 4))
    #expect(dSum.floats() == Array(repeating: 1, count: 4))
  }

  /// Recomputing gives the same gradients bit for bit, for inputs and parameters inside.
  @Test func recomputingChangesNothing() {
    let run = { (recompute: Bool) -> [[Float]] in
      let (x, w) = (parameter([60, 24]), parameter([24, 24], seed: 2))
      let tape = Tape()
      let body = { (tape: Tape, inputs: [Variable]) -> Variable in
        tape.add(inputs[0], tape.activation(tape.linear(inputs[0], w), .geluTanh))
      }
      var y = tape.scaled(x, by: 0.5)
      for _ in 0..<3 { y = recompute ? tape.recomputing([y], body) : body(tape, [y]) }
      tape.backward(from: y, dOutput: values([60, 24], seed: 3))
      return [y.value.floats(), x.gradient?.floats() ?? [], w.gradient?.floats() ?? []]
    }
    #expect(run(true) == run(false))
  }

  @Test func trapsOnShapeMismatch() async {
    await #expect(processExitsWith: .failure) {
      let tape = Tape()
      _ = tape.add(Variable(Tensor(zeros: [2, 3])), Variable(Tensor(zeros: [3, 2])))
    }
  }

  private func ones(_ count: Int) -> [Float] { Array(repeating: 1, count: count) }
}
