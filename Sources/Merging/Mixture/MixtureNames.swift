internal import PluginAPI

/// The three matrices of a gated MLP.
enum ExpertPart: Int, CaseIterable {
  case gate, up, down

  /// In a dense layer.
  func denseName(layer: Int) -> String { "model.layers.\(layer).mlp.\(projection).weight" }

  var projection: String {
    switch self {
    case .gate: "gate_proj"
    case .up: "up_proj"
    case .down: "down_proj"
    }
  }

  /// [out, in].
  func shape(_ config: DecoderConfig) -> [Int] {
    self == .down ? [config.width, config.mlp.width] : [config.mlp.width, config.width]
  }

  /// Mixtral's first releases named them by their place in the formula.
  fileprivate var number: String {
    switch self {
    case .gate: "w1"
    case .up: "w3"
    case .down: "w2"
    }
  }
}

extension MixtureArchitecture {
  /// Whether experts of a layer are stacked in one tensor. DeepSeek's own code never has them so.
  func isFused(_ layout: MixtureLayout) -> Bool { layout == .fused && self != .deepseek }

  private func block(_ layer: Int, _ layout: MixtureLayout) -> String {
    let isOldMixtral = self == .mixtral && layout == .legacy
    return "model.layers.\(layer).\(isOldMixtral ? "block_sparse_moe" : "mlp")"
  }

  func gateName(layer: Int, _ layout: MixtureLayout) -> String {
    "\(block(layer, layout)).gate.weight"
  }

  /// Of the stacked experts.
  func fusedName(layer: Int, isDown: Bool) -> String {
    "\(block(layer, .fused)).experts.\(isDown ? "down_proj" : "gate_up_proj")"
  }

  func expertName(_ part: ExpertPart, expert: Int, layer: Int, _ layout: MixtureLayout) -> String {
    let matrix = self == .mixtral ? part.number : part.projection
    return "\(block(layer, layout)).experts.\(expert).\(matrix).weight"
  }

  func sharedName(_ part: ExpertPart, layer: Int) -> String {
    let module = self == .deepseek ? "shared_experts" : "shared_expert"
    return "model.layers.\(layer).mlp.\(module).\(part.projection).weight"
  }

  func sharedGateName(layer: Int) -> String {
    "model.layers.\(layer).mlp.shared_expert_gate.weight"
  }

  /// Everything but the MLPs, with its shape, in the order of the model.
  func denseTensors(_ config: DecoderConfig) -> [(name: String, shape: [Int])] {
    var tensors: [(name: String, shape: [Int])] = [
      ("model.embed_tokens.weight", [config.vocabularySize, config.width])
    ]
    for layer in config.layers.indices { tensors += attentionTensors(config, layer: layer) }
    tensors.append(("model.norm.weight", [config.width]))
    if !config.isHeadTied { tensors.append(("lm_head.weight", tensors[0].shape)) }
    return tensors
  }

  private func attentionTensors(
    _ config: DecoderConfig, layer: Int
  ) -> [(name: String, shape: [Int])] {
    let prefix = "model.layers.\(layer)."
    let (query, key) = (config.attention.queryWidth, config.attention.keyWidth)
    var tensors: [(name: String, shape: [Int])] = [
      ("\(prefix)input_layernorm.weight", [config.width]),
      ("\(prefix)post_attention_layernorm.weight", [config.width]),
    ]
    for (name, width) in [("q", query), ("k", key), ("v", key)] {
      tensors.append(("\(prefix)self_attn.\(name)_proj.weight", [width, config.width]))
      if hasInputBias || config.attention.hasInputBias {
        tensors.append(("\(prefix)self_attn.\(name)_proj.bias", [width]))
      }
    }
    tensors.append(("\(prefix)self_attn.o_proj.weight", [config.width, query]))
    if config.attention.hasOutputBias {
      tensors.append(("\(prefix)self_attn.o_proj.bias", [config.width]))
    }
    if config.attention.headNorm == .perHead {
      for name in ["q_norm", "k_norm"] {
        tensors.append(("\(prefix)self_attn.\(name).weight", [config.attention.headWidth]))
      }
    }
    return tensors
  }

  /// A tensor of `denseTensors` that is zero where the base has none.
  func mayBeZero(_ name: String) -> Bool { hasInputBias && name.hasSuffix("_proj.bias") }
}
