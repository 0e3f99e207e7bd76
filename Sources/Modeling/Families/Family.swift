internal import Formats
internal import Kernels

/// What sets one family of models apart: defaults of its config, deviations from the common
/// parts, and the names of its weights. A new family is one more value of this type.
struct Family: Sendable {
  /// `model_type` in config.json.
  let modelType: String
  /// Stem of the class names: `Llama` in `LlamaForCausalLM`.
  let stem: String
  /// Class of the language model, where it is not `<stem>ForCausalLM`.
  var causalClass: String
  /// Class that gives scores of labels, where it is not `<stem>ForSequenceClassification`.
  var classifierClass: String
  var norm: DecoderConfig.Norm.Kind
  var isGated: Bool
  var hasRope: Bool
  /// Values that transformers takes for keys a file leaves out.
  let defaults: JSON
  /// Own names of keys: common name to the names to look for first.
  var aliases: [String: [String]]
  let names: WeightNames
  let gguf: GGUFNames?
  /// Sets what differs from the common parts. Values that failed their check are harmless
  /// placeholders by then; faults found here are reported to the reader.
  let describe: @Sendable (ConfigReader, inout DecoderConfig) -> Void

  init(
    modelType: String, stem: String, causalClass: String? = nil,
    classifierClass: String? = nil, norm: DecoderConfig.Norm.Kind = .rms,
    isGated: Bool = true, hasRope: Bool = true,
    defaults: JSON, aliases: [String: [String]] = [:], names: WeightNames = .llama,
    gguf: GGUFNames? = nil,
    describe: @escaping @Sendable (ConfigReader, inout DecoderConfig) -> Void = { _, _ in }
  ) {
    self.modelType = modelType
    self.stem = stem
    self.causalClass = causalClass ?? stem + "ForCausalLM"
    self.classifierClass = classifierClass ?? stem + "ForSequenceClassification"
    self.norm = norm
    self.isGated = isGated
    self.hasRope = hasRope
    self.defaults = defaults
    self.aliases = ["norm_eps": [norm == .rms ? "rms_norm_eps" : "layer_norm_eps"]]
      .merging(aliases) { $1 }
    self.names = names
    self.gguf = gguf
    self.describe = describe
  }

  /// All families, in the order of messages.
  static let all: [Family] = [
    .gemma2, .gemma3, .gpt2, .gptNeoX, .granite, .llama, .mistral, .olmo2, .phi3, .qwen2, .qwen3,
    .smolLM3, .starcoder2,
  ]

  /// The family a config's `model_type` names.
  static func named(_ modelType: JSON?, source: String) throws -> Family {
    let known = all.map(\.modelType).joined(separator: ", ")
    guard let modelType, modelType != .null else {
      throw Problem(
        .badData, at: source, "model_type is missing", expected: "one of \(known)",
        hint: "this is no config of a language model, or an incomplete one")
    }
    guard let name = modelType.string, let family = all.first(where: { $0.modelType == name })
    else {
      throw Problem(
        .badData, at: source,
        "model_type \(quoted(modelType.string ?? modelType.serialized(), limit: 40)) is unknown",
        expected: "one of \(known)")
    }
    return family
  }

  /// The family of a model that was read already.
  static func of(_ config: DecoderConfig) -> Family {
    guard let family = all.first(where: { $0.modelType == config.modelType }) else {
      preconditionFailure("no family \(config.modelType)")
    }
    return family
  }
}
