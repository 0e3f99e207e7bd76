/// How a family names the weights of its checkpoints.
struct WeightNames: Sendable {
  /// What one role is stored as.
  struct Stored: Sendable, ExpressibleByStringLiteral {
    /// Module path without `.weight`.
    var module: String
    /// Which outputs of a fused projection belong to the role.
    var part: Part = .whole

    init(_ module: String, _ part: Part) { (self.module, self.part) = (module, part) }
    init(stringLiteral module: String) { self.module = module }
  }

  /// The outputs of a fused projection that one role has.
  enum Part: Sendable, Equatable {
    case whole
    /// After all outputs of the roles before it in the same module.
    case block
    /// Outputs are grouped by head: the `index`-th of three in each group.
    case ofEachHead(Int)
  }

  /// Before all names but the heads': `model.`. Checkpoints of bare models leave it out.
  var prefix: String
  /// Before the number of a layer.
  var layers: String
  var modules: [WeightRole: Stored]
  /// Projections are stored [in, out], as GPT-2's Conv1D has them.
  var isTransposed = false
  /// Endings of tensors that old checkpoints hold and nothing reads.
  var ignored: [String] = [".rotary_emb.inv_freq"]

  /// Full name of the module that holds `role`, nil where the family has no such part.
  func module(_ role: WeightRole, layer: Int?) -> String? {
    guard let stored = modules[role] else { return nil }
    if let layer { return "\(prefix)\(layers)\(layer).\(stored.module)" }
    return role == .head || role == .score ? stored.module : prefix + stored.module
  }

  static let llama = WeightNames(
    prefix: "model.", layers: "layers.",
    modules: [
      .embedding: "embed_tokens", .finalNorm: "norm", .head: "lm_head", .score: "score",
      .attentionNorm: "input_layernorm", .mlpNorm: "post_attention_layernorm",
      .query: "self_attn.q_proj", .key: "self_attn.k_proj", .value: "self_attn.v_proj",
      .attentionOutput: "self_attn.o_proj", .queryNorm: "self_attn.q_norm",
      .keyNorm: "self_attn.k_norm",
      .gate: "mlp.gate_proj", .up: "mlp.up_proj", .down: "mlp.down_proj",
    ])

  static let gemma = llama.with([
    .attentionOutputNorm: "post_attention_layernorm", .mlpNorm: "pre_feedforward_layernorm",
    .mlpOutputNorm: "post_feedforward_layernorm",
  ])

  static let olmo2 = llama.with([
    .attentionOutputNorm: "post_attention_layernorm",
    .mlpOutputNorm: "post_feedforward_layernorm",
  ])

  static let starcoder2 = llama.with([.up: "mlp.c_fc", .down: "mlp.c_proj"])

  static let phi3 = llama.with([
    .query: Stored("self_attn.qkv_proj", .block), .key: Stored("self_attn.qkv_proj", .block),
    .value: Stored("self_attn.qkv_proj", .block),
    .gate: Stored("mlp.gate_up_proj", .block), .up: Stored("mlp.gate_up_proj", .block),
  ])

  static let gpt2 = WeightNames(
    prefix: "transformer.", layers: "h.",
    modules: [
      .embedding: "wte", .positions: "wpe", .finalNorm: "ln_f", .head: "lm_head",
      .score: "score", .attentionNorm: "ln_1", .mlpNorm: "ln_2",
      .query: Stored("attn.c_attn", .block), .key: Stored("attn.c_attn", .block),
      .value: Stored("attn.c_attn", .block), .attentionOutput: "attn.c_proj",
      .up: "mlp.c_fc", .down: "mlp.c_proj",
    ],
    isTransposed: true, ignored: [".attn.bias", ".attn.masked_bias"])

  static let gptNeoX = WeightNames(
    prefix: "gpt_neox.", layers: "layers.",
    modules: [
      .embedding: "embed_in", .finalNorm: "final_layer_norm", .head: "embed_out",
      .score: "score", .attentionNorm: "input_layernorm", .mlpNorm: "post_attention_layernorm",
      .query: Stored("attention.query_key_value", .ofEachHead(0)),
      .key: Stored("attention.query_key_value", .ofEachHead(1)),
      .value: Stored("attention.query_key_value", .ofEachHead(2)),
      .attentionOutput: "attention.dense", .up: "mlp.dense_h_to_4h", .down: "mlp.dense_4h_to_h",
    ],
    ignored: [".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"])

  private func with(_ changes: [WeightRole: Stored]) -> WeightNames {
    var names = self
    names.modules.merge(changes) { $1 }
    return names
  }
}

/// How GGUF files name and store the weights of a family.
struct GGUFNames: Sendable {
  /// `general.architecture`.
  let architecture: String
  /// Query and key rows have the two rope halves of each head interleaved.
  var isRotaryPermuted = false
  /// What the converter added to the weights of norms.
  var normOffset: Float = 0
  /// Projections that the checkpoint stores [in, out] lie [out, in] here.
  var isTransposed = false

  /// Module of `role` without `.weight`.
  func module(_ role: WeightRole, layer: Int?, isFused: Bool) -> String {
    if isFused {
      return "blk.\(layer ?? 0)." + (role == .gate || role == .up ? "ffn_up" : "attn_qkv")
    }
    guard let layer else { return Self.outside[role] ?? role.rawValue }
    return "blk.\(layer)." + (Self.inLayer[role] ?? role.rawValue)
  }

  private static let outside: [WeightRole: String] = [
    .embedding: "token_embd", .positions: "position_embd", .finalNorm: "output_norm",
    .head: "output", .score: "cls.output",
  ]
  private static let inLayer: [WeightRole: String] = [
    .attentionNorm: "attn_norm", .attentionOutputNorm: "post_attention_norm",
    .mlpNorm: "ffn_norm", .mlpOutputNorm: "post_ffw_norm", .query: "attn_q", .key: "attn_k",
    .value: "attn_v", .attentionOutput: "attn_output", .queryNorm: "attn_q_norm",
    .keyNorm: "attn_k_norm", .gate: "ffn_gate", .up: "ffn_up", .down: "ffn_down",
  ]
}
