import PluginAPI

/// One model's part in the coordinates that all models share.
struct AlignedPart {
  /// [directions, columns] f32.
  let values: Tensor
  let parameters: KnOTSMerge.Input
}

/// The TIES merge of parts of one shape, as `KnOTSMerge` describes it: as of a tensor whose base is
/// 0, so that selection and threads come from the same place.
func elect(_ parts: [AlignedPart], name: String) throws -> Tensor {
  let result = Tensor(uninitialized: parts[0].values.shape)
  let tensor = TensorMerge(
    name: name, shape: result.shape, role: .other, base: nil,
    inputs: parts.enumerated().map { index, part in
      MergeInput(
        source: MergeSource(model: "part \(index)", values: part.values),
        parameters: part.parameters)
    }, seed: 0, output: TensorOutput(tensor: result))
  let selections = tensor.inputs.map { input in
    let kept = max(1, Int(input.parameters.density * Double(tensor.count)))
    return tensor.selection(ofDescendingRanks: 0..<kept) { block in
      let values = block.values(of: input.source)
      values.setMagnitudes(values)
      return values
    }
  }
  try tensor.write { block, result in
    let (direction, weights) = (block.zeros(), block.zeros())
    let kept = zip(tensor.inputs, selections).map { input, selection in
      let (values, keys) = (block.values(of: input.source), block.scratch())
      keys.setMagnitudes(values)
      selection.keep(values, keys: keys, in: block)
      // Scaled first, so that equal and opposite parts cancel to exactly 0.
      keys.copy(values)
      keys.scale(Float(input.parameters.weight))
      direction.add(keys)
      return values
    }
    result.fill(0)
    for (values, input) in zip(kept, tensor.inputs) {
      result.addAgreeing(
        values, weight: Float(input.parameters.weight), direction: direction, weights: weights)
    }
    result.divide(byNonzero: weights)
  }
  return result
}

/// Writes into a tensor of its own bytes.
private struct TensorOutput: MergeOutput {
  let tensor: Tensor

  func write(_ values: Vector, from start: Int, scratch arena: VectorArena) {
    tensor.vector(start..<start + values.count).copy(values)
  }
}
