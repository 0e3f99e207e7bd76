public import Kernels

extension DecoderModel {
  /// What a model with gated objectives says of some sequences.
  public struct GatedScores {
    /// What the regression heads say, before the transform: [B, objectives] f32.
    public let objectives: Tensor
    /// How much the prompt makes each (transformed) objective count: [B, objectives] f32.
    public let gates: Tensor
    /// Σ gates · (objectives × transform), one a sequence.
    public let scores: [Float]
  }

  /// Objectives, gates and scores of a model with `DecoderConfig.GatedHead`, without gradients.
  ///
  /// - Parameter gatePlaces: For each sequence, the place of the token in it at which the gate
  ///   reads: the prompt's last.
  public func gatedScores(
    ids: [Int32], layout: SequenceLayout, gatePlaces: [Int]
  ) -> GatedScores {
    guard let head = weights.gatedHead, case .gatedObjectives(let shape) = config.output else {
      preconditionFailure("has no gated objectives")
    }
    precondition(gatePlaces.count == layout.count, "\(gatePlaces.count) of \(layout.count)")
    let tape = Tape(recording: false)
    let hidden = hidden(tape, ids: ids, layout: layout)
    let pooled = tape.selectRows(hidden, pooledRows(ids, layout))
    let prompts = tape.selectRows(
      hidden, gatePlaces.enumerated().map { layout.rows(of: $0).lowerBound + $1 })
    let objectives = tape.linear(pooled, head.objectives)
    let mixed = tape.linear(objectives, head.transform, layout: .inOut)
    let gates = gates(tape, prompts, head, temperature: shape.temperature)
    return GatedScores(
      objectives: objectives.value, gates: gates,
      scores: sumsOfProducts(gates, mixed.value))
  }

  /// scale · softmax(MLP(x) / temperature): [B, objectives].
  private func gates(
    _ tape: Tape, _ prompts: Variable, _ head: DecoderWeights.GatedHead, temperature: Float
  ) -> Tensor {
    var x = prompts
    for (index, layer) in head.layers.enumerated() {
      x = tape.linear(x, layer.weight, bias: layer.bias, layout: layer.layout)
      if index < head.layers.count - 1 { x = tape.activation(x, .relu) }
    }
    let shares = softmax(tape.scaled(x, by: 1 / temperature).value)
    return tape.scaled(Variable(shares), by: head.scale.value.floats()[0]).value
  }
}

/// Row by row Σ a · b, in double.
private func sumsOfProducts(_ a: Tensor, _ b: Tensor) -> [Float] {
  let (a, b, width) = (a.floats(), b.floats(), a.width)
  return (0..<a.count / max(1, width)).map { row in
    let range = row * width..<(row + 1) * width
    return Float(range.reduce(0.0) { $0 + Double(a[$1]) * Double(b[$1]) })
  }
}
