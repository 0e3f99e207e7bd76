internal import Kernels

extension Family {
  /// Gemma 2: norms around both branches, soft caps, every other layer slides.
  static let gemma2 = Family(
    modelType: "gemma2", stem: "Gemma2",
    defaults: [
      "vocab_size": 256000, "hidden_size": 2304, "intermediate_size": 9216,
      "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4,
      "head_dim": 256, "hidden_act": "gelu_pytorch_tanh", "max_position_embeddings": 8192,
      "norm_eps": 1e-6, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
      "tie_word_embeddings": true, "rope_theta": 10000, "query_pre_attn_scalar": 256,
      "sliding_window": 4096, "final_logit_softcapping": 30.0, "attn_logit_softcapping": 50.0,
    ],
    aliases: ["hidden_act": ["hidden_activation"]], names: .gemma,
    gguf: GGUFNames(architecture: "gemma2", normOffset: 1),
    describe: { reader, config in
      config.useGemmaParts(reader)
      config.slide(reader.slidingLayers(count: config.layers.count) { $0 % 2 == 0 }, reader)
    })

  /// Gemma 3, text only: norms of queries and keys, and a second rope for sliding layers.
  static let gemma3 = Family(
    modelType: "gemma3_text", stem: "Gemma3",
    classifierClass: "Gemma3TextForSequenceClassification",
    defaults: [
      "vocab_size": 262208, "hidden_size": 2304, "intermediate_size": 9216,
      "num_hidden_layers": 26, "num_attention_heads": 8, "num_key_value_heads": 4,
      "head_dim": 256, "hidden_act": "gelu_pytorch_tanh", "max_position_embeddings": 131072,
      "norm_eps": 1e-6, "pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 2,
      "tie_word_embeddings": true, "rope_theta": 1_000_000, "rope_local_base_freq": 10000,
      "query_pre_attn_scalar": 256, "sliding_window": 4096, "sliding_window_pattern": 6,
    ],
    aliases: [
      "hidden_act": ["hidden_activation"],
      "sliding_window_pattern": ["sliding_window_pattern", "_sliding_window_pattern"],
    ],
    names: .gemma, gguf: GGUFNames(architecture: "gemma3", normOffset: 1),
    describe: { reader, config in
      config.useGemmaParts(reader)
      config.attention.headNorm = .perHead
      let pattern = reader.size("sliding_window_pattern")
      let sliding = reader.slidingLayers(count: config.layers.count) { ($0 + 1) % pattern != 0 }
      config.slide(sliding, reader)
      config.useTwoRopes(reader, sliding: sliding)
    })
}

extension DecoderConfig {
  fileprivate mutating func useGemmaParts(_ reader: ConfigReader) {
    norm.hasUnitOffset = true
    normPlacement = .around
    embedding.scale = Float(Double(width).squareRoot())
    attention.scale = Float(1 / reader.real("query_pre_attn_scalar").squareRoot())
    attention.hasInputBias = reader.flag("attention_bias")
    attention.hasOutputBias = attention.hasInputBias
    attention.softcap = reader.optionalReal("attn_logit_softcapping").map { Float($0) }
    logitSoftcap = reader.optionalReal("final_logit_softcapping").map { Float($0) }
    if reader.flag("use_bidirectional_attention") {
      reader.report("use_bidirectional_attention", "is true", expected: "false or null")
    }
  }

  /// Rope 0 serves full attention and is the only one that is scaled; rope 1 serves sliding layers.
  fileprivate mutating func useTwoRopes(_ reader: ConfigReader, sliding: [Bool]) {
    let ropes = RopeReader(
      reader: reader, headWidth: attention.headWidth, maximumLength: maximumLength)
    self.ropes = [
      ropes.rope(kind: "full_attention", base: "rope_theta", isScaled: true),
      ropes.rope(kind: "sliding_attention", base: "rope_local_base_freq", isScaled: false),
    ]
    for (index, slides) in sliding.enumerated() { layers[index].rope = slides ? 1 : 0 }
  }
}
