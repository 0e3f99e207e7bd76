public import Kernels

extension DecoderModel {
  /// Hidden states after the final norm.
  ///
  /// - Parameters:
  ///   - ids: Token ids of all sequences, packed one after another without padding, each below
  ///     the vocabulary size.
  ///   - layout: Where the sequences lie. Positions start from 0 in each.
  ///   - recompute: Keep only what enters each layer and compute the rest again in the backward.
  /// - Returns: [N, C] f32.
  public func hidden(
    _ tape: Tape, ids: [Int32], layout: SequenceLayout, recompute: Bool = false
  ) -> Variable {
    let context = PackedContext(model: self, layout: layout)
    var x = embedded(tape, ids: ids, positions: context.positions)
    for index in weights.layers.indices {
      x =
        recompute
        ? tape.recomputing([x]) { self.layer($0, $1[0], index, context) }
        : layer(tape, x, index, context)
    }
    return norm(tape, x, weights.finalNorm)
  }

  /// What enters the first layer, leaves each layer, and leaves the final norm in place of the
  /// last layer: L + 1 tensors [N, C]. Without gradients.
  public func hiddenStates(ids: [Int32], layout: SequenceLayout) -> [Tensor] {
    let tape = Tape(recording: false)
    let context = PackedContext(model: self, layout: layout)
    var states = [embedded(tape, ids: ids, positions: context.positions)]
    for index in weights.layers.indices {
      states.append(layer(tape, states[index], index, context))
    }
    states.append(norm(tape, states.removeLast(), weights.finalNorm))
    return states.map(\.value)
  }

  /// [N, C] that enters the first layer.
  func embedded(_ tape: Tape, ids: [Int32], positions: [Int32]) -> Variable {
    let tokens = tape.embedding(
      weights.embedding, ids, scale: config.embedding.scale,
      paddingID: config.specialTokens.pad.map { Int32($0) })
    guard let table = weights.positions else { return tokens }
    return tape.add(tokens, tape.embedding(table, positions))
  }

  /// One layer: [N, C] to [N, C].
  func layer(
    _ tape: Tape, _ x: Variable, _ index: Int, _ context: some ForwardContext
  ) -> Variable {
    let layer = weights.layers[index]
    let attended = attention(
      tape, layer.attentionNorm.map { norm(tape, x, $0) } ?? x, index, context)
    let middle = residual(tape, x, attended, layer.attentionOutputNorm)
    let source = config.isParallel ? x : middle
    let expanded = mlp(tape, layer.mlpNorm.map { norm(tape, source, $0) } ?? source, layer)
    return residual(tape, middle, expanded, layer.mlpOutputNorm)
  }

  private func residual(
    _ tape: Tape, _ x: Variable, _ branch: Variable, _ outputNorm: DecoderWeights.Norm?
  ) -> Variable {
    let normed = outputNorm.map { norm(tape, branch, $0) } ?? branch
    let scale = config.residualScale
    return tape.add(x, scale == 1 ? normed : tape.scaled(normed, by: scale))
  }

  private func attention(
    _ tape: Tape, _ x: Variable, _ index: Int, _ context: some ForwardContext
  ) -> Variable {
    let layer = weights.layers[index]
    var query = project(tape, x, layer.query)
    var key = project(tape, x, layer.key)
    let value = project(tape, x, layer.value)
    if let weight = layer.queryNorm { query = headNorm(tape, query, weight) }
    if let weight = layer.keyNorm { key = headNorm(tape, key, weight) }
    if let rope = config.layers[index].rope {
      query = context.rotated(tape, query, rope: rope)
      key = context.rotated(tape, key, rope: rope)
    }
    let mixed = context.attention(tape, query, key, value, layer: index)
    return project(tape, mixed, layer.attentionOutput)
  }

  private func mlp(_ tape: Tape, _ x: Variable, _ layer: DecoderWeights.Layer) -> Variable {
    let up = project(tape, x, layer.up)
    let inner: Variable
    if let gate = layer.gate {
      inner = tape.gatedActivation(
        gate: project(tape, x, gate), up: up, kind: config.mlp.activation)
    } else {
      inner = tape.activation(up, config.mlp.activation)
    }
    return project(tape, inner, layer.down)
  }

  private func project(
    _ tape: Tape, _ x: Variable, _ projection: DecoderWeights.Projection
  ) -> Variable {
    tape.linear(x, projection.weight, bias: projection.bias, layout: projection.layout)
  }

  func norm(_ tape: Tape, _ x: Variable, _ norm: DecoderWeights.Norm) -> Variable {
    switch config.norm.kind {
    case .rms:
      tape.rmsNorm(
        x, weight: norm.weight, eps: config.norm.epsilon, unitOffset: config.norm.hasUnitOffset)
    case .layer:
      tape.layerNorm(x, weight: norm.weight, bias: norm.bias, eps: config.norm.epsilon)
    }
  }

  private func headNorm(_ tape: Tape, _ x: Variable, _ weight: Variable) -> Variable {
    tape.rmsNorm(
      x, weight: weight, eps: config.norm.epsilon, unitOffset: config.norm.hasUnitOffset,
      headDim: config.attention.headNorm == .perHead ? config.attention.headWidth : nil)
  }

  func attentionShape(layer: Int) -> AttentionShape {
    let attention = config.attention
    return AttentionShape(
      heads: attention.heads, kvHeads: attention.kvHeads, headDim: attention.headWidth,
      scale: attention.scale, window: config.layers[layer].window, softcap: attention.softcap)
  }
}
