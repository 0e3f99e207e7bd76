extension Family {
  /// Qwen2 and Qwen2.5: biases on query, key and value; later layers may slide.
  static let qwen2 = Family(
    modelType: "qwen2", stem: "Qwen2",
    defaults: [
      "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
      "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
      "hidden_act": "silu", "max_position_embeddings": 32768, "norm_eps": 1e-6,
      "rope_theta": 10000, "use_sliding_window": false, "sliding_window": 4096,
      "max_window_layers": 28,
    ],
    gguf: GGUFNames(architecture: "qwen2"),
    describe: { reader, config in
      config.attention.hasInputBias = true
      config.slideLastLayers(reader)
    })

  /// Qwen3: norms over each head of queries and keys.
  static let qwen3 = Family(
    modelType: "qwen3", stem: "Qwen3",
    defaults: [
      "vocab_size": 151936, "hidden_size": 4096, "intermediate_size": 22016,
      "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32,
      "head_dim": 128, "hidden_act": "silu", "max_position_embeddings": 32768, "norm_eps": 1e-6,
      "rope_theta": 10000, "use_sliding_window": false, "sliding_window": 4096,
      "max_window_layers": 28,
    ],
    gguf: GGUFNames(architecture: "qwen3"),
    describe: { reader, config in
      config.attention.hasInputBias = reader.flag("attention_bias")
      config.attention.hasOutputBias = config.attention.hasInputBias
      config.attention.headNorm = .perHead
      config.slideLastLayers(reader)
    })
}

extension DecoderConfig {
  /// Layers from `max_window_layers` on slide, if `use_sliding_window`.
  fileprivate mutating func slideLastLayers(_ reader: ConfigReader) {
    guard reader.flag("use_sliding_window") else { return }
    let first = reader.size("max_window_layers", in: 0...ConfigReader.largestSize)
    slide(reader.slidingLayers(count: layers.count) { $0 >= first }, reader)
  }
}
