internal import Formats
internal import Kernels

/// The `config.json` that HF would write for a GGUF file's model: read like any other config, and
/// written when the model is saved as a directory.
func ggufConfig(_ file: GGUFFile) throws -> JSON {
  let architecture = try file.required(
    "general.architecture", file.string("general.architecture"))
  guard
    let family = Family.all.first(where: { $0.gguf?.architecture == architecture })
  else {
    let known = Family.all.compactMap { $0.gguf?.architecture }.joined(separator: ", ")
    throw Problem(
      .badData, at: file.path, "general.architecture is \(quoted(architecture, limit: 40))",
      expected: "one of \(known)")
  }
  return .object(try GGUFConfig(file: file, family: family, architecture: architecture).object())
}

private struct GGUFConfig {
  let file: GGUFFile
  let family: Family
  let architecture: String

  func object() throws -> JSONObject {
    var config: JSONObject = [
      "architectures": [.string(family.causalClass)],
      "model_type": .string(family.modelType),
    ]
    try setSizes(&config)
    try setTokens(&config)
    try setNormsAndBiases(&config)
    try setPositions(&config)
    if architecture.hasPrefix("gemma") { try setGemma(&config) }
    return config
  }

  /// The family's own name of a key.
  private func name(_ key: String) -> String { family.aliases[key]?.first ?? key }

  private func int(_ key: String) throws -> Int? { try file.int("\(architecture).\(key)") }
  private func double(_ key: String) throws -> Double? {
    try file.double("\(architecture).\(key)")
  }

  private func needed(_ key: String) throws -> JSON {
    .int(Int64(try file.required("\(architecture).\(key)", int(key))))
  }

  private func setSizes(_ config: inout JSONObject) throws {
    guard let embedding = file.entry("token_embd.weight"), embedding.shape.count == 2 else {
      throw Problem(.badData, at: file.path, "has no matrix 'token_embd.weight'")
    }
    config["vocab_size"] = .int(Int64(embedding.shape[0]))
    config[name("hidden_size")] = try needed("embedding_length")
    config[name("intermediate_size")] = try needed("feed_forward_length")
    config[name("num_hidden_layers")] = try needed("block_count")
    config[name("num_attention_heads")] = try needed("attention.head_count")
    if family.hasRope {
      config["num_key_value_heads"] = try needed(
        int("attention.head_count_kv") == nil
          ? "attention.head_count" : "attention.head_count_kv")
    }
    // llama.cpp turns all of a head, so the width of the rotation is the head's.
    let width = try int("attention.key_length") ?? int("rope.dimension_count")
    if family.hasRope, let width { config["head_dim"] = .int(Int64(width)) }
    config["tie_word_embeddings"] = .bool(file.entry("output.weight") == nil)
  }

  private func setTokens(_ config: inout JSONObject) throws {
    for (key, id) in [("bos", "bos"), ("eos", "eos"), ("pad", "padding")] {
      let value = try file.int("tokenizer.ggml.\(id)_token_id")
      config["\(key)_token_id"] = value.map { .int(Int64($0)) } ?? .null
    }
  }

  private func setNormsAndBiases(_ config: inout JSONObject) throws {
    let epsilon =
      try double("attention.layer_norm_rms_epsilon") ?? double("attention.layer_norm_epsilon")
    // Stored as f32: 1e-5 reads as 9.999999747378752e-06.
    if let epsilon { config[name("norm_eps")] = .number(shortest(epsilon)) }
    if family.names.module(.query, layer: 0)?.hasSuffix("q_proj") == true {
      config["attention_bias"] = .bool(
        file.entry("blk.0.attn_q.bias") != nil && file.entry("blk.0.attn_output.bias") != nil)
    }
  }

  private func setPositions(_ config: inout JSONObject) throws {
    config[name("max_position_embeddings")] = try needed("context_length")
    guard family.hasRope else { return }
    config[name("rope_theta")] = .number(shortest(try double("rope.freq_base") ?? 10000))
    config["rope_scaling"] = try ropeScaling() ?? .null
  }

  private func ropeScaling() throws -> JSON? {
    if file.entry("rope_freqs.weight") != nil { return try storedFrequencies() }
    let type = try file.string("\(architecture).rope.scaling.type") ?? "none"
    let factor = try double("rope.scaling.factor")
    let original = try int("rope.scaling.original_context_length")
    switch type {
    case "none": return nil
    case "linear": return ["rope_type": "linear", "factor": .number(shortest(factor ?? 1))]
    case "yarn":
      var scaling: JSON = ["rope_type": "yarn", "factor": .number(shortest(factor ?? 1))]
      scaling["original_max_position_embeddings"] = original.map { .int(Int64($0)) }
      return scaling
    default:
      throw Problem(
        .badData, at: file.path,
        "\(architecture).rope.scaling.type is \(quoted(type, limit: 30))",
        expected: "none, linear or yarn")
    }
  }

  /// A divisor for every frequency (how Llama 3.1 is converted). As longrope with equal lists,
  /// transformers computes the same.
  private func storedFrequencies() throws -> JSON {
    let tensor = dequantised(try file.tensor("rope_freqs.weight"))
    let factors = JSON.array(tensor.floats().map { .number(shortest(Double($0))) })
    return [
      "rope_type": "longrope", "short_factor": factors, "long_factor": factors,
      "attention_factor": 1.0, "original_max_position_embeddings": try needed("context_length"),
    ]
  }

  private func setGemma(_ config: inout JSONObject) throws {
    let (layers, heads) = (try int("block_count") ?? 0, try int("attention.head_count") ?? 1)
    let width = try int("embedding_length") ?? 0
    // The largest of both generations scales by width / heads; the file does not say so.
    let isLargest = layers == (architecture == "gemma2" ? 46 : 62)
    let scalar = try isLargest ? width / max(1, heads) : int("attention.key_length") ?? 256
    config["query_pre_attn_scalar"] = .int(Int64(scalar))
    config["sliding_window"] = try int("attention.sliding_window").map { .int(Int64($0)) }
    for (key, stored) in [
      ("attn_logit_softcapping", "attn_logit_softcapping"),
      ("final_logit_softcapping", "final_logit_softcapping"),
    ] {
      config[key] = try double(stored).map { .number(shortest($0)) }
    }
    if architecture == "gemma3" {
      config["rope_local_base_freq"] = .number(shortest(try double("rope.freq_base_swa") ?? 10000))
      config["sliding_window_pattern"] = 6
    }
  }

  /// The shortest decimal that reads as the same f32.
  private func shortest(_ value: Double) -> Double { Double("\(Float(value))") ?? value }
}
