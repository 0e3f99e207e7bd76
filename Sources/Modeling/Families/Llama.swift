extension Family {
  /// Llama 1 to 3, and what shares its shape (SmolLM2, TinyLlama, Yi, ...).
  static let llama = Family(
    modelType: "llama", stem: "Llama",
    defaults: [
      "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008,
      "num_hidden_layers": 32, "num_attention_heads": 32, "hidden_act": "silu",
      "max_position_embeddings": 2048, "norm_eps": 1e-6, "bos_token_id": 1, "eos_token_id": 2,
      "rope_theta": 10000,
    ],
    gguf: GGUFNames(architecture: "llama", isRotaryPermuted: true),
    describe: { reader, config in
      config.useLlamaBiases(reader)
    })

  /// Mistral: Llama with a window on every layer.
  static let mistral = Family(
    modelType: "mistral", stem: "Mistral",
    defaults: [
      "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 14336,
      "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
      "hidden_act": "silu", "max_position_embeddings": 131072, "norm_eps": 1e-6,
      "bos_token_id": 1, "eos_token_id": 2, "rope_theta": 10000, "sliding_window": 4096,
    ],
    describe: { reader, config in config.slideEverywhere(reader) })

  /// IBM Granite: Llama with multipliers on embeddings, scores, residual branches and logits.
  static let granite = Family(
    modelType: "granite", stem: "Granite",
    defaults: [
      "vocab_size": 32000, "hidden_size": 4096, "intermediate_size": 11008,
      "num_hidden_layers": 32, "num_attention_heads": 32, "hidden_act": "silu",
      "max_position_embeddings": 2048, "norm_eps": 1e-6, "bos_token_id": 1, "eos_token_id": 2,
      "rope_theta": 10000, "embedding_multiplier": 1.0, "logits_scaling": 1.0,
      "residual_multiplier": 1.0, "attention_multiplier": 1.0,
    ],
    describe: { reader, config in
      config.useLlamaBiases(reader)
      config.embedding.scale = Float(reader.real("embedding_multiplier"))
      config.attention.scale = Float(reader.real("attention_multiplier"))
      config.residualScale = Float(reader.real("residual_multiplier"))
      // `logits_scaling` is a divisor.
      config.logitScale = Float(1 / reader.real("logits_scaling"))
    })

  /// SmolLM3: every fourth layer has no positions at all.
  static let smolLM3 = Family(
    modelType: "smollm3", stem: "SmolLM3",
    defaults: [
      "vocab_size": 128256, "hidden_size": 2048, "intermediate_size": 11008,
      "num_hidden_layers": 36, "num_attention_heads": 16, "num_key_value_heads": 4,
      "hidden_act": "silu", "max_position_embeddings": 32768, "norm_eps": 1e-6,
      "pad_token_id": 128004, "bos_token_id": 128000, "eos_token_id": 128001,
      "rope_theta": 2_000_000, "no_rope_layer_interval": 4, "tie_word_embeddings": true,
    ],
    describe: { reader, config in
      config.useLlamaBiases(reader)
      let rotates = reader.rotaryLayers(count: config.layers.count)
      for (index, hasRope) in rotates.enumerated() where !hasRope {
        config.layers[index].rope = nil
      }
      let slides = reader.flag("use_sliding_window") && reader.value("sliding_window") != nil
      config.slide(
        reader.slidingLayers(count: rotates.count) { slides && !rotates[$0] }, reader)
    })
}

extension DecoderConfig {
  /// `attention_bias` covers all four projections, `mlp_bias` all three.
  mutating func useLlamaBiases(_ reader: ConfigReader) {
    attention.hasInputBias = reader.flag("attention_bias")
    attention.hasOutputBias = attention.hasInputBias
    mlp.hasBias = reader.flag("mlp_bias")
  }
}

extension ConfigReader {
  /// `no_rope_layers` holds 1 where a layer DOES rotate.
  fileprivate func rotaryLayers(count: Int) -> [Bool] {
    let interval = size("no_rope_layer_interval")
    guard let list = value("no_rope_layers") else {
      return (0..<count).map { ($0 + 1) % interval != 0 }
    }
    let flags = list.array?.compactMap(\.int).filter { $0 == 0 || $0 == 1 } ?? []
    guard flags.count == count, list.array?.count == count else {
      report(
        "no_rope_layers", "has \(flags.count) usable entries",
        expected: "0 or 1 for each of \(count) layers")
      return Array(repeating: true, count: count)
    }
    return flags.map { $0 == 1 }
  }
}
