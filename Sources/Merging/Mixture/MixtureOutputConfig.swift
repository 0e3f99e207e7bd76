internal import PluginAPI

extension MixtureArchitecture {
  /// The config.json of a mixture: the base's, with sizes written out wherever the defaults of the
  /// two architectures could differ.
  func outputConfig(_ config: MixtureConfig, base: DenseModel, dtype: DType) -> JSON {
    var json = base.json
    let decoder = base.config
    json["architectures"] = [.string(className)]
    json["model_type"] = .string(name)
    json["auto_map"] = nil
    for (key, value) in sizes(decoder) { json[key] = .int(Int64(value)) }
    json["hidden_act"] = json["hidden_act"] ?? "silu"
    json["rms_norm_eps"] = json["rms_norm_eps"] ?? .number(Double("\(decoder.norm.epsilon)") ?? 0)
    json["tie_word_embeddings"] = .bool(decoder.isHeadTied)
    if json["rope_parameters"]?["rope_theta"] == nil, json["rope_theta"] == nil {
      json["rope_theta"] = decoder.ropes.first.map { .number($0.base) }
    }
    writeTokens(&json, decoder)
    let name = MixtureDType.name(of: dtype).map { JSON.string($0) }
    json[json["dtype"] == nil ? "torch_dtype" : "dtype"] = name
    if json["torch_dtype"] != nil { json["torch_dtype"] = name }
    for (key, value) in ownKeys(config, decoder).entries { json[key] = value }
    return json
  }

  private func sizes(_ config: DecoderConfig) -> [(String, Int)] {
    let attention = config.attention
    var sizes = [
      ("vocab_size", config.vocabularySize), ("hidden_size", config.width),
      ("intermediate_size", config.mlp.width), ("num_hidden_layers", config.layers.count),
      ("num_attention_heads", attention.heads), ("num_key_value_heads", attention.kvHeads),
      ("max_position_embeddings", config.maximumLength),
    ]
    if name == "qwen3_moe" || attention.headWidth * attention.heads != config.width {
      sizes.append(("head_dim", attention.headWidth))
    }
    return sizes
  }

  private func writeTokens(_ json: inout JSON, _ config: DecoderConfig) {
    let tokens = config.specialTokens
    if json["bos_token_id"] == nil {
      json["bos_token_id"] = tokens.bos.map { .int(Int64($0)) } ?? .null
    }
    if json["eos_token_id"] == nil {
      json["eos_token_id"] = tokens.eos.first.map { .int(Int64($0)) } ?? .null
    }
  }

  private func ownKeys(_ config: MixtureConfig, _ decoder: DecoderConfig) -> JSONObject {
    let (count, active) = (JSON.int(Int64(config.experts.count)), config.expertsPerToken)
    let inner = JSON.int(Int64(decoder.mlp.width))
    var keys: JSONObject = ["num_experts_per_tok": .int(Int64(active))]
    switch name {
    case "mixtral":
      keys["num_local_experts"] = count
      keys["output_router_logits"] = false
      keys["sliding_window"] = decoder.layers.first?.window.map { .int(Int64($0)) } ?? .null
    case "deepseek":
      keys["n_routed_experts"] = count
      keys["n_shared_experts"] = config.sharedExpert == nil ? .null : 1
      keys["first_k_dense_replace"] = 0
      keys["moe_layer_freq"] = 1
      keys["scoring_func"] = "softmax"
      keys["norm_topk_prob"] = true
      keys["moe_intermediate_size"] = inner
      keys["auto_map"] = Self.deepseekCode
    default:
      keys["num_experts"] = count
      keys["decoder_sparse_step"] = 1
      keys["mlp_only_layers"] = []
      keys["norm_topk_prob"] = true
      keys["moe_intermediate_size"] = inner
      if shared == .gated { keys["shared_expert_intermediate_size"] = inner }
      if decoder.modelType != "qwen2", decoder.modelType != "qwen3" {
        keys["use_sliding_window"] = false
        keys["sliding_window"] = .null
      }
    }
    return keys
  }

  /// transformers has no class of its own for the first DeepSeek-MoE.
  private static let deepseekCode: JSON = [
    "AutoConfig": "deepseek-ai/deepseek-moe-16b-base--configuration_deepseek.DeepseekConfig",
    "AutoModel": "deepseek-ai/deepseek-moe-16b-base--modeling_deepseek.DeepseekModel",
    "AutoModelForCausalLM":
      "deepseek-ai/deepseek-moe-16b-base--modeling_deepseek.DeepseekForCausalLM",
  ]
}
