internal import Kernels

/// One tensor the decoder needs: where it belongs, what the checkpoint calls it, how large it is.
struct WeightSpec: Sendable {
  let slot: WeightSlot
  /// Name in the HF checkpoint. Parts of a fused projection share it.
  let name: String
  /// Shape of that tensor as HF stores it, all parts together.
  let storedShape: [Int]
  /// Shape of what the decoder computes with: [out, in], or [in, out] when transposed.
  let shape: [Int]
  /// Outputs of the stored tensor that this one has, in order; nil: all.
  let outputs: [Range<Int>]?
  /// Stored [in, out].
  let isTransposed: Bool

  /// Distinguishes the parts of a fused projection: `h.0.attn.c_attn.weight#key`.
  var uniqueName: String { outputs == nil ? name : "\(name)#\(slot.role.rawValue)" }
  var isFused: Bool { outputs != nil }
}

extension DecoderConfig {
  /// Every tensor of the model, in a fixed order: embeddings, layers from the first, final norm,
  /// head. Names carry the prefix of `names`.
  func weightSpecs(names: WeightNames) -> [WeightSpec] {
    var list = SpecList(config: self, names: names)
    list.add(.embedding, [vocabularySize, width])
    if let positions = embedding.learnedPositions { list.add(.positions, [positions, width]) }
    for layer in layers.indices { list.addLayer(layer) }
    list.addNorm(.finalNorm)
    switch output {
    case .tokens: if !isHeadTied { list.add(.head, [vocabularySize, width]) }
    case .scores(let labels):
      list.add(.score, [labels, width])
      if hasScoreBias { list.add(.score, [labels], isBias: true) }
    case .gatedObjectives(let head): list.addGatedHead(head)
    }
    return list.specs
  }
}

private struct SpecList {
  let config: DecoderConfig
  let names: WeightNames
  var specs: [WeightSpec] = []

  mutating func addLayer(_ layer: Int) {
    let attention = config.attention
    let (query, key) = (attention.queryWidth, attention.keyWidth)
    if config.normPlacement.isBefore { addNorm(.attentionNorm, layer) }
    project(.query, layer, [query, config.width], bias: attention.hasInputBias)
    project(.key, layer, [key, config.width], bias: attention.hasInputBias)
    project(.value, layer, [key, config.width], bias: attention.hasInputBias)
    addHeadNorms(layer)
    project(.attentionOutput, layer, [config.width, query], bias: attention.hasOutputBias)
    if config.normPlacement.isAfter { addNorm(.attentionOutputNorm, layer) }
    if config.normPlacement.isBefore { addNorm(.mlpNorm, layer) }
    let inner = config.mlp.width
    if config.mlp.isGated {
      project(.gate, layer, [inner, config.width], bias: config.mlp.hasBias)
    }
    project(.up, layer, [inner, config.width], bias: config.mlp.hasBias)
    project(.down, layer, [config.width, inner], bias: config.mlp.hasBias)
    if config.normPlacement.isAfter { addNorm(.mlpOutputNorm, layer) }
  }

  private mutating func addHeadNorms(_ layer: Int) {
    let attention = config.attention
    switch attention.headNorm {
    case .none: break
    case .perHead:
      add(.queryNorm, [attention.headWidth], layer)
      add(.keyNorm, [attention.headWidth], layer)
    case .fullWidth:
      add(.queryNorm, [attention.queryWidth], layer)
      add(.keyNorm, [attention.keyWidth], layer)
    }
  }

  mutating func addNorm(_ role: WeightRole, _ layer: Int? = nil) {
    add(role, [config.width], layer)
    if config.norm.hasBias { add(role, [config.width], layer, isBias: true) }
  }

  /// The names of the published ArmoRM, whatever the family calls its own weights.
  mutating func addGatedHead(_ head: DecoderConfig.GatedHead) {
    let objectives = head.objectives
    add(.objectives, named: "regression_layer.weight", [objectives, config.width])
    add(.objectiveTransform, named: "reward_transform_matrix", [objectives, objectives])
    var width = config.width
    for layer in 0...head.hiddenLayers {
      let outputs = layer < head.hiddenLayers ? head.hiddenWidth : objectives
      let module = "gating.layers.\(layer)"
      add(.gating, named: module + ".weight", [outputs, width], layer)
      add(.gating, named: module + ".bias", [outputs], layer, isBias: true)
      width = outputs
    }
    add(.gatingScale, named: "gating.logit_scale", [1])
  }

  mutating func add(
    _ role: WeightRole, _ shape: [Int], _ layer: Int? = nil, isBias: Bool = false
  ) {
    guard let module = names.module(role, layer: layer) else {
      preconditionFailure("family \(config.modelType) names no \(role)")
    }
    add(role, named: module + (isBias ? ".bias" : ".weight"), shape, layer, isBias: isBias)
  }

  private mutating func add(
    _ role: WeightRole, named name: String, _ shape: [Int], _ layer: Int? = nil,
    isBias: Bool = false
  ) {
    specs.append(
      WeightSpec(
        slot: WeightSlot(role: role, layer: layer, isBias: isBias), name: name,
        storedShape: shape, shape: shape, outputs: nil, isTransposed: false))
  }

  /// A projection of `shape` [out, in] and its bias.
  private mutating func project(_ role: WeightRole, _ layer: Int, _ shape: [Int], bias: Bool) {
    guard let module = names.module(role, layer: layer) else {
      preconditionFailure("family \(config.modelType) names no \(role)")
    }
    let (outputs, total) = part(role)
    let stored = [total ?? shape[0], shape[1]]
    specs.append(
      WeightSpec(
        slot: WeightSlot(role: role, layer: layer), name: module + ".weight",
        storedShape: names.isTransposed ? stored.reversed() : stored,
        shape: names.isTransposed ? shape.reversed() : shape, outputs: outputs,
        isTransposed: names.isTransposed))
    guard bias else { return }
    specs.append(
      WeightSpec(
        slot: WeightSlot(role: role, layer: layer, isBias: true), name: module + ".bias",
        storedShape: [stored[0]], shape: [shape[0]], outputs: outputs, isTransposed: false))
  }

  /// Which outputs of its module `role` has, and how many the module has; nil when it has all.
  private func part(_ role: WeightRole) -> (outputs: [Range<Int>]?, total: Int?) {
    let widths = widths(sharingWith: role)
    let total = widths.reduce(0) { $0 + $1.width }
    switch names.modules[role]?.part ?? .whole {
    case .whole: return (nil, nil)
    case .block:
      let start = widths.prefix { $0.role != role }.reduce(0) { $0 + $1.width }
      let own = widths.first { $0.role == role }?.width ?? 0
      return ([start..<start + own], total)
    case .ofEachHead(let index):
      let head = config.attention.headWidth
      let groups = (0..<config.attention.heads).map { (3 * $0 + index) * head }
      return (groups.map { $0..<$0 + head }, total)
    }
  }

  private func widths(sharingWith role: WeightRole) -> [(role: WeightRole, width: Int)] {
    if role == .gate || role == .up {
      return [(.gate, config.mlp.width), (.up, config.mlp.width)]
    }
    let attention = config.attention
    return [
      (.query, attention.queryWidth), (.key, attention.keyWidth), (.value, attention.keyWidth),
    ]
  }
}
