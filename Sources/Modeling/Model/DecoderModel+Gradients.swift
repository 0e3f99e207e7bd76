public import Kernels

extension DecoderModel {
  /// Every weight in the naming, shapes and order of the checkpoint, fused projections put
  /// together again. Views where nothing has to be put together.
  public var checkpointTensors: [(name: String, tensor: Tensor)] {
    assembled { variables[$0].value }
  }

  /// Gradients by the checkpoint's tensor names, f32; zeros where no gradient has arrived. A tied
  /// head's gradient is part of the embedding's.
  public func gradients() -> [(name: String, tensor: Tensor)] {
    assembled { variables[$0].gradient ?? Tensor(zeros: variables[$0].shape) }
  }

  /// Forgets all gradients.
  public func clearGradients() {
    for variable in variables { variable.gradient = nil }
  }

  /// Tensors that belong to the weights one by one, put together as the checkpoint has these.
  ///
  /// - Parameter tensor: Gives the tensor for the weight at a place of `parameters`, of its shape.
  package func assembled(
    _ tensor: (_ index: Int) -> Tensor
  ) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    var places: [String: Int] = [:]
    for (index, spec) in specs.enumerated() {
      let part = tensor(index)
      guard let outputs = spec.outputs else {
        result.append((spec.name, part))
        continue
      }
      let place = places[spec.name] ?? result.count
      if place == result.count {
        places[spec.name] = place
        result.append((spec.name, Tensor(zeros: spec.storedShape, dtype: part.dtype)))
      }
      paste(part, into: result[place].tensor, outputs: outputs, isTransposed: spec.isTransposed)
    }
    return result
  }
}
