internal import Kernels

extension Family {
  /// GPT-2: learned positions, layer norms, weights stored [in, out].
  static let gpt2 = Family(
    modelType: "gpt2", stem: "GPT2", causalClass: "GPT2LMHeadModel", norm: .layer,
    isGated: false, hasRope: false,
    defaults: [
      "vocab_size": 50257, "max_position_embeddings": 1024, "hidden_size": 768,
      "num_hidden_layers": 12, "num_attention_heads": 12,
      "hidden_act": "gelu_new", "norm_eps": 1e-5, "bos_token_id": 50256,
      "eos_token_id": 50256, "tie_word_embeddings": true, "scale_attn_weights": true,
    ],
    aliases: [
      "max_position_embeddings": ["n_positions"], "hidden_size": ["n_embd"],
      "num_hidden_layers": ["n_layer"], "num_attention_heads": ["n_head"],
      "intermediate_size": ["n_inner"], "hidden_act": ["activation_function"],
      "norm_eps": ["layer_norm_epsilon"],
    ],
    names: .gpt2, gguf: GGUFNames(architecture: "gpt2", isTransposed: true),
    describe: { reader, config in
      config.useBiasesEverywhere()
      config.embedding.learnedPositions = config.maximumLength
      if !reader.flag("scale_attn_weights") { config.attention.scale = 1 }
      for key in ["scale_attn_by_inverse_layer_idx", "add_cross_attention"]
      where reader.flag(key) {
        reader.report(key, "is true, which is not supported", expected: "false")
      }
    })

  /// GPT-NeoX and Pythia: attention and MLP in parallel, rope on part of each head.
  static let gptNeoX = Family(
    modelType: "gpt_neox", stem: "GPTNeoX", norm: .layer, isGated: false,
    defaults: [
      "vocab_size": 50432, "hidden_size": 6144, "num_hidden_layers": 44,
      "num_attention_heads": 64, "intermediate_size": 24576, "hidden_act": "gelu",
      "max_position_embeddings": 2048, "norm_eps": 1e-5, "bos_token_id": 0, "eos_token_id": 2,
      "rope_theta": 10000, "partial_rotary_factor": 0.25, "use_parallel_residual": true,
      "attention_bias": true,
    ],
    aliases: [
      "rope_theta": ["rotary_emb_base"], "partial_rotary_factor": ["rotary_pct"],
    ],
    names: .gptNeoX,
    describe: { reader, config in
      config.useBiasesEverywhere()
      config.attention.hasInputBias = reader.flag("attention_bias")
      config.attention.hasOutputBias = config.attention.hasInputBias
      config.isParallel = reader.flag("use_parallel_residual")
    })

  /// StarCoder2: Llama's order of parts with layer norms, biases and a plain MLP.
  static let starcoder2 = Family(
    modelType: "starcoder2", stem: "Starcoder2", norm: .layer, isGated: false,
    defaults: [
      "vocab_size": 49152, "hidden_size": 3072, "intermediate_size": 12288,
      "num_hidden_layers": 30, "num_attention_heads": 24, "num_key_value_heads": 2,
      "hidden_act": "gelu_pytorch_tanh", "max_position_embeddings": 4096, "norm_eps": 1e-5,
      "bos_token_id": 50256, "eos_token_id": 50256, "tie_word_embeddings": true,
      "rope_theta": 10000, "use_bias": true,
    ],
    aliases: ["norm_eps": ["norm_epsilon"]], names: .starcoder2,
    describe: { reader, config in
      config.useBiasesEverywhere()
      config.attention.hasInputBias = reader.flag("use_bias")
      config.attention.hasOutputBias = config.attention.hasInputBias
      config.mlp.hasBias = config.attention.hasInputBias
      config.slideEverywhere(reader)
    })
}

extension DecoderConfig {
  fileprivate mutating func useBiasesEverywhere() {
    attention.hasInputBias = true
    attention.hasOutputBias = true
    mlp.hasBias = true
  }
}
