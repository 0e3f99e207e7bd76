/// Records coarse ops as they run, to send gradients back through them once.
///
/// Each op is an extension in `Ops/`, with its backward beside it. Activations are packed: `[N,
/// width]` f32, N = all tokens of all sequences one after another, without padding. A tape that
/// does not record keeps nothing: each activation goes when its last user lets go of it.
/// [one thread at a time; ops use the thread pool inside]
public final class Tape {
  public let isRecording: Bool
  /// Sees every product with a weight before it is computed, but for those inside `recomputing`.
  package var linearObserver: ((LinearCall) -> Void)?
  private var nodes: [Node] = []

  private struct Node {
    let output: GradientSlot
    let backward: (Tensor) -> Void
  }

  /// `recording: false` for inference and for frozen reference models.
  public init(recording: Bool = true) { isRecording = recording }

  /// The result of an op. `backward` gets d(output) and adds to the gradients of `inputs`; it is
  /// kept only when the tape records and an input requires a gradient. Whatever it captures stays
  /// in memory until then: capture an input's `slot` where its value is not needed.
  func record(
    _ value: Tensor, from inputs: [Variable?], backward: @escaping (_ dOutput: Tensor) -> Void
  ) -> Variable {
    guard isRecording, inputs.contains(where: { $0?.requiresGradient ?? false }) else {
      return Variable(value)
    }
    let output = Variable(value, requiresGradient: true)
    nodes.append(Node(output: output.slot, backward: backward))
    return output
  }

  /// Adds d(output) · d(output)/d(v) to the gradient of every parameter v that requires one.
  ///
  /// The tape is used up: each op's activations are freed once its backward is done.
  /// - Parameter dOutput: f32 of the output's shape.
  public func backward(from output: Variable, dOutput: Tensor) {
    backward(from: [(output, dOutput)])
  }

  /// As `backward(from:dOutput:)` for several outputs at once.
  public func backward(from outputs: [(Variable, Tensor)]) {
    precondition(isRecording, "backward on a tape that does not record")
    for (output, dOutput) in outputs {
      precondition(output.shape == dOutput.shape, "d\(output.shape) given as \(dOutput.shape)")
      output.slot.accumulateShared(dOutput)
    }
    while let node = nodes.popLast() {
      guard let dOutput = node.output.gradient else { continue }
      node.output.gradient = nil
      node.backward(dOutput)
    }
  }

  /// Runs `body` without keeping its activations and runs it again for its backward: memory for
  /// one more forward. `body` must compute the same both times (all ops do) from `inputs` and
  /// parameters only, using the tape and the variables it is given.
  public func recomputing(
    _ inputs: [Variable], _ body: @escaping (Tape, [Variable]) -> Variable
  ) -> Variable {
    let output = body(Tape(recording: false), inputs)
    guard isRecording else { return output }
    // Parameters inside `body` may require gradients when no input does.
    let result = Variable(output.value, requiresGradient: true)
    nodes.append(
      Node(output: result.slot) { dOutput in
        let copies = inputs.map { Variable($0.value, requiresGradient: $0.requiresGradient) }
        let tape = Tape()
        let again = body(tape, copies)
        guard again.requiresGradient else { return }
        tape.backward(from: again, dOutput: dOutput)
        for (input, copy) in zip(inputs, copies) {
          if let gradient = copy.gradient { input.slot.accumulate(gradient) }
        }
      })
    return result
  }
}
