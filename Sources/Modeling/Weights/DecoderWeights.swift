internal import Kernels

/// The weights of a model by their place, as the forward pass reads them.
struct DecoderWeights {
  struct Norm {
    let weight: Variable
    let bias: Variable?
  }

  struct Projection {
    let weight: Variable
    let bias: Variable?
    let layout: WeightLayout
  }

  /// See `DecoderConfig.GatedHead`.
  struct GatedHead {
    /// [objectives, C].
    let objectives: Variable
    /// [objectives, objectives], objectives in to objectives out.
    let transform: Variable
    let layers: [Projection]
    /// [1].
    let scale: Variable
  }

  struct Layer {
    let attentionNorm, attentionOutputNorm, mlpNorm, mlpOutputNorm: Norm?
    let query, key, value, attentionOutput: Projection
    let queryNorm, keyNorm: Variable?
    let gate: Projection?
    let up, down: Projection
  }

  let embedding: Variable
  let positions: Variable?
  let layers: [Layer]
  let finalNorm: Norm
  /// [V, C]; the embedding itself when tied. nil for classifiers.
  let head: Variable?
  /// [labels, C], for classifiers only.
  let score: Variable?
  /// [labels]; nil where the head has none.
  let scoreBias: Variable?
  let gatedHead: GatedHead?

  init(config: DecoderConfig, specs: [WeightSpec], variables: [Variable]) {
    let byRole = SlotTable(specs: specs, variables: variables)
    embedding = byRole.needed(.embedding)
    positions = byRole[.positions]
    layers = config.layers.indices.map { Layer(byRole, layer: $0) }
    finalNorm = Norm(weight: byRole.needed(.finalNorm), bias: byRole[.finalNorm, nil, bias: true])
    score = byRole[.score]
    scoreBias = byRole[.score, nil, bias: true]
    gatedHead = GatedHead(byRole, config.output)
    head = config.output == .tokens ? byRole[.head] ?? embedding : nil
  }
}

extension DecoderWeights.Layer {
  fileprivate init(_ table: SlotTable, layer: Int) {
    attentionNorm = table.norm(.attentionNorm, layer)
    attentionOutputNorm = table.norm(.attentionOutputNorm, layer)
    mlpNorm = table.norm(.mlpNorm, layer)
    mlpOutputNorm = table.norm(.mlpOutputNorm, layer)
    query = table.projection(.query, layer)
    key = table.projection(.key, layer)
    value = table.projection(.value, layer)
    attentionOutput = table.projection(.attentionOutput, layer)
    queryNorm = table[.queryNorm, layer]
    keyNorm = table[.keyNorm, layer]
    gate = table[.gate, layer].map { _ in table.projection(.gate, layer) }
    up = table.projection(.up, layer)
    down = table.projection(.down, layer)
  }
}

extension DecoderWeights.GatedHead {
  fileprivate init?(_ table: SlotTable, _ output: DecoderConfig.Output) {
    guard case .gatedObjectives(let head) = output else { return nil }
    objectives = table.needed(.objectives)
    transform = table.needed(.objectiveTransform)
    layers = (0...head.hiddenLayers).map { table.projection(.gating, $0) }
    scale = table.needed(.gatingScale)
  }
}

private struct SlotTable {
  private var entries: [WeightSlot: (spec: WeightSpec, variable: Variable)] = [:]

  init(specs: [WeightSpec], variables: [Variable]) {
    for (spec, variable) in zip(specs, variables) { entries[spec.slot] = (spec, variable) }
  }

  subscript(_ role: WeightRole, _ layer: Int? = nil, bias isBias: Bool = false) -> Variable? {
    entries[WeightSlot(role: role, layer: layer, isBias: isBias)]?.variable
  }

  func needed(_ role: WeightRole, _ layer: Int? = nil) -> Variable {
    guard let variable = self[role, layer] else { preconditionFailure("no weight \(role)") }
    return variable
  }

  func norm(_ role: WeightRole, _ layer: Int) -> DecoderWeights.Norm? {
    self[role, layer].map { .init(weight: $0, bias: self[role, layer, bias: true]) }
  }

  func projection(_ role: WeightRole, _ layer: Int) -> DecoderWeights.Projection {
    let slot = WeightSlot(role: role, layer: layer)
    return .init(
      weight: needed(role, layer), bias: self[role, layer, bias: true],
      layout: entries[slot]?.spec.isTransposed == true ? .inOut : .outIn)
  }
}
