public import Kernels

extension DecoderModel {
  /// Every weight in the naming, shapes and order of the checkpoint, fused projections put
  /// together again. Views where nothing has to be put together.
  public var checkpointTensors: [(name: String, tensor: Tensor)] {
    assembled { $0.value }
  }

  /// Gradients by the checkpoint's tensor names, f32; zeros where no gradient has arrived. A tied
  /// head's gradient is part of the embedding's.
  public func gradients() -> [(name: String, tensor: Tensor)] {
    assembled { $0.gradient ?? Tensor(zeros: $0.value.shape) }
  }

  /// Forgets all gradients.
  public func clearGradients() {
    for variable in variables { variable.gradient = nil }
  }

  private func assembled(_ tensor: (Variable) -> Tensor) -> [(name: String, tensor: Tensor)] {
    var result: [(name: String, tensor: Tensor)] = []
    var places: [String: Int] = [:]
    for (spec, variable) in zip(specs, variables) {
      let part = tensor(variable)
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
