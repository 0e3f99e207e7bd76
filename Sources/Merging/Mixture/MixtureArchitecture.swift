internal import PluginAPI

/// A published architecture that holds several experts a layer: which dense models fit it, and how
/// it names and configures them.
public struct MixtureArchitecture: Sendable, Equatable {
  /// As configs write it, and `model_type` in config.json.
  public let name: String
  let className: String
  /// `model_type`s of dense models it can be made of.
  let families: [String]
  let shared: SharedExperts
  /// Queries, keys and values have biases; zeros for models without.
  let hasInputBias: Bool
  /// Whether layers may look back a limited distance.
  let windowFamilies: [String]

  enum SharedExperts: Sendable {
    case none
    /// One at most, always on.
    case ungated
    /// Exactly one, with a gate of its own.
    case gated
  }

  public static let mixtral = MixtureArchitecture(
    name: "mixtral", className: "MixtralForCausalLM", families: ["llama", "mistral"],
    shared: .none, hasInputBias: false, windowFamilies: ["mistral"])
  public static let deepseek = MixtureArchitecture(
    name: "deepseek", className: "DeepseekForCausalLM", families: ["llama", "mistral"],
    shared: .ungated, hasInputBias: false, windowFamilies: [])
  public static let qwen2MoE = MixtureArchitecture(
    name: "qwen2_moe", className: "Qwen2MoeForCausalLM",
    families: ["qwen2", "llama", "mistral"], shared: .gated, hasInputBias: true,
    windowFamilies: ["qwen2"])
  public static let qwen3MoE = MixtureArchitecture(
    name: "qwen3_moe", className: "Qwen3MoeForCausalLM", families: ["qwen3"], shared: .none,
    hasInputBias: false, windowFamilies: [])

  /// In the order in which they are tried.
  public static let all = [mixtral, deepseek, qwen2MoE, qwen3MoE]

  /// By name, or as mergekit spells it (`Qwen3 MoE`).
  static func named(_ text: String) -> MixtureArchitecture? {
    let plain = text.lowercased().replacing(" ", with: "_")
    let spellings = ["deepseek_moe": "deepseek", "qwen_moe": "qwen2_moe", "qwen3": "qwen3_moe"]
    return all.first { $0.name == spellings[plain] ?? plain }
  }

  /// Why these inputs cannot be written this way; nil when they can.
  func refusal(_ config: MixtureConfig, base: DecoderConfig) -> String? {
    guard families.contains(base.modelType) else {
      return "is made of \(families.joined(separator: " or ")) models, not of \(base.modelType)"
    }
    let isPrompted = config.sharedExpert.map {
      !$0.positivePrompts.isEmpty || !$0.negativePrompts.isEmpty
    }
    switch (shared, isPrompted) {
    case (.none, .some): return "has no shared experts"
    case (.ungated, true): return "has no gate for the shared expert, so it takes no prompts"
    case (.gated, nil): return "needs a shared expert"
    case (.gated, false) where config.gateMode.needsPrompts:
      return "has a gate for the shared expert, which needs positive_prompts"
    default: return biasRefusal(base) ?? windowRefusal(base)
    }
  }

  private func biasRefusal(_ base: DecoderConfig) -> String? {
    if base.mlp.hasBias { return "has no biases in its experts, the models have" }
    // Qwen3 has its own attention_bias; the others have at most biases on the inputs.
    if name == "qwen3_moe" { return nil }
    if base.attention.hasOutputBias || base.attention.hasInputBias && !hasInputBias {
      return "has no room for the attention biases of the models"
    }
    return nil
  }

  private func windowRefusal(_ base: DecoderConfig) -> String? {
    let slides = base.layers.contains { $0.window != nil }
    if slides, !windowFamilies.contains(base.modelType) {
      return "cannot keep the sliding windows of these models"
    }
    return nil
  }

  /// The architecture a config names, else the first that fits.
  ///
  /// - Throws: `Problem` (78) that says what is in the way.
  static func chosen(
    for config: MixtureConfig, base: DecoderConfig
  ) throws(Problem) -> MixtureArchitecture {
    let candidates = config.architecture.map { [$0] } ?? all
    var refusals: [String] = []
    for candidate in candidates {
      guard let refusal = candidate.refusal(config, base: base) else { return candidate }
      refusals.append("\(candidate.name) \(refusal)")
    }
    throw Problem(
      .badConfiguration, at: config.basePlace,
      "no mixture can be made of these models: " + refusals.joined(separator: "; "))
  }
}
