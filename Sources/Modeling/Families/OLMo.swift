extension Family {
  /// OLMo 2: norms only after attention and MLP, and over the whole query and key projections.
  static let olmo2 = Family(
    modelType: "olmo2", stem: "Olmo2",
    defaults: [
      "vocab_size": 50304, "hidden_size": 4096, "intermediate_size": 11008,
      "num_hidden_layers": 32, "num_attention_heads": 32, "hidden_act": "silu",
      "max_position_embeddings": 2048, "norm_eps": 1e-5, "pad_token_id": 1,
      "eos_token_id": 50279, "rope_theta": 10000,
    ],
    names: .olmo2,
    describe: { reader, config in
      config.useLlamaBiases(reader)
      config.normPlacement = .after
      config.attention.headNorm = .fullWidth
    })
}
