import PluginAPI
import Synchronization

/// What `rule` makes of tensors in memory: the values in order. `inputs` come with the parameters
/// that hold for each.
public func merged<Rule: MergeMethod>(
  _ rule: Rule, base: Tensor?, inputs: [(tensor: Tensor, parameters: Rule.Input)],
  name: String = "model.layers.0.mlp.up_proj.weight", role: TensorRole = .other, seed: UInt64 = 42,
  statistics: @escaping @Sendable (_ input: Int, _ kind: String) throws -> Tensor? = { _, _ in nil }
) throws -> [Float] {
  let shape = base?.shape ?? inputs.first?.tensor.shape ?? []
  let output = CollectedValues(count: shape.reduce(1, *))
  let tensor = TensorMerge<Rule.Input>(
    name: name, shape: shape, role: role,
    base: base.map { MergeSource(model: "base", values: $0) },
    inputs: inputs.enumerated().map { index, input in
      MergeInput(
        source: MergeSource(model: "model \(index)", values: input.tensor) {
          try statistics(index, $0)
        }, parameters: input.parameters)
    }, seed: seed, output: output)
  try rule.merge(tensor)
  return output.values.withLock { $0 }
}

/// Keeps what a rule writes; what it left out stays NaN.
private final class CollectedValues: MergeOutput {
  let values: Mutex<[Float]>

  init(count: Int) { values = Mutex([Float](repeating: .nan, count: count)) }

  func write(_ vector: Vector, from start: Int, scratch: VectorArena) {
    values.withLock { values in
      for (offset, value) in vector.values.enumerated() { values[start + offset] = value }
    }
  }
}
