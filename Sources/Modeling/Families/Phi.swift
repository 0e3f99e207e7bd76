extension Family {
  /// Phi-3 and Phi-4-mini: one projection for query, key and value, one for gate and up.
  static let phi3 = Family(
    modelType: "phi3", stem: "Phi3",
    defaults: [
      "vocab_size": 32064, "hidden_size": 3072, "intermediate_size": 8192,
      "num_hidden_layers": 32, "num_attention_heads": 32, "hidden_act": "silu",
      "max_position_embeddings": 4096, "original_max_position_embeddings": 4096,
      "norm_eps": 1e-5, "bos_token_id": 1, "eos_token_id": 32000, "pad_token_id": 32000,
      "rope_theta": 10000,
    ],
    names: .phi3,
    describe: { reader, config in config.slideEverywhere(reader) })
}
