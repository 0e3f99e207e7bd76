import PluginAPI

/// The task vector Δ = X − B of one input, in the place of one output tensor. Read block by block,
/// never held.
struct TaskVector<Input: PluginOptions> {
  let tensor: TensorMerge<Input>
  /// Which input, from 0.
  let index: Int
  let base: MergeSource

  var source: MergeSource { tensor.inputs[index].source }
  /// Draw i of it belongs to element i of the tensor.
  var random: CounterRNG { tensor.random(for: index) }
  /// "tensor 'a' of model 'b'", for messages.
  var place: String { "tensor \(quoted(tensor.name)) of \(quoted(source.model))" }

  func values(in block: MergeBlock) -> Vector { block.delta(of: source, from: base) }

  /// |Δ|: what sparsifiers rank by.
  func magnitudes(in block: MergeBlock) -> Vector {
    let values = values(in: block)
    values.setMagnitudes(values)
    return values
  }

  /// Σ|Δ| / Σ|masked Δ|, and 1 where either sum is below 1e-7: matches the L1 norm before and after
  /// masking. One pass.
  func rescaling(by mask: Sparsity.Mask, division: MergeDivision) -> Double {
    let parts = tensor.accumulate(by: division, from: (whole: 0.0, kept: 0.0)) { block, sums in
      let delta = values(in: block)
      sums.whole += delta.sumOfMagnitudes
      mask(delta, block)
      sums.kept += delta.sumOfMagnitudes
    }
    let sums = parts.reduce((whole: 0.0, kept: 0.0)) { ($0.whole + $1.whole, $0.kept + $1.kept) }
    return sums.whole < 1e-7 || sums.kept < 1e-7 ? 1 : sums.whole / sums.kept
  }
}

extension TensorMerge {
  /// One for each input, in the order of the config.
  ///
  /// - Throws: `Problem` when there is no base.
  func taskVectors() throws -> [TaskVector<Input>] {
    let base = try requiredBase()
    return inputs.indices.map { TaskVector(tensor: self, index: $0, base: base) }
  }
}
