import Testing

@testable import Kernels

/// Deterministic values in about −1...1, different for each `seed`.
func values(_ shape: [Int], seed: UInt64 = 1, scale: Double = 1) -> Tensor {
  let rng = CounterRNG(seed: seed)
  let count = shape.reduce(1, *)
  return Tensor((0..<count).map { Float(scale * (2 * rng.uniform(UInt64($0)) - 1)) }, shape: shape)
}

/// Compares gradients of Σ w · op(inputs) by backward with central differences.
///
/// f32 arithmetic leaves about 1e-7 · |sum| / (2 · step) of noise in a difference, so the step is
/// coarse and the tolerance relative to the largest gradient.
func expectGradients(
  of inputs: [Variable], tolerance: Double = 4e-3, step: Float = 1e-2,
  sourceLocation: SourceLocation = #_sourceLocation, _ op: (Tape) -> Variable
) {
  let tape = Tape()
  let output = op(tape)
  let weights = values(output.shape, seed: 99)
  for input in inputs { input.gradient = nil }
  tape.backward(from: output, dOutput: weights)
  func loss() -> Double {
    zip(op(Tape(recording: false)).value.floats(), weights.floats())
      .reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  for (index, input) in inputs.enumerated() {
    guard let gradient = input.gradient?.floats() else {
      Issue.record("input \(index) has no gradient", sourceLocation: sourceLocation)
      continue
    }
    let base = input.value.floatPointer
    let largest = gradient.map { abs(Double($0)) }.max() ?? 0
    for element in stride(from: 0, to: input.value.count, by: max(1, input.value.count / 40)) {
      let kept = base[element]
      base[element] = kept + step
      let above = loss()
      base[element] = kept - step
      let below = loss()
      base[element] = kept
      let difference = (above - below) / Double(2 * step)
      #expect(
        abs(difference - Double(gradient[element])) <= tolerance * max(largest, 0.1),
        "input \(index) element \(element)", sourceLocation: sourceLocation)
    }
  }
}

/// A trainable variable of deterministic values.
func parameter(_ shape: [Int], seed: UInt64 = 1, scale: Double = 1) -> Variable {
  Variable(values(shape, seed: seed, scale: scale), requiresGradient: true)
}
