public import Formats
internal import Kernels

extension DecoderConfig {
  /// Reads a `config.json`, in the key style of any version of transformers.
  ///
  /// - Parameters:
  ///   - json: The parsed file.
  ///   - source: How messages name it.
  ///   - tensorCount: Tensors that the weights hold. A config with more layers than that is
  ///     refused before anything of that size is built.
  /// - Throws: `Problem` or `Problems` that name every faulty key and its rule.
  public static func read(
    _ json: JSON, source: String, tensorCount: Int? = nil
  ) throws -> DecoderConfig {
    guard let object = json.object else {
      throw Problem(.badData, at: source, "holds \(json.kindName)", expected: "an object")
    }
    let family = try Family.named(object["model_type"], source: source)
    let reader = ConfigReader(
      object, defaults: family.defaults, aliases: family.aliases, source: source)
    checkLayerCount(reader, tensorCount: tensorCount)
    try reader.check()
    var config = common(reader, family: family)
    try reader.check()
    family.describe(reader, &config)
    try reader.check()
    config.checkTogether(reader)
    try reader.check()
    return config
  }

  private static func checkLayerCount(_ reader: ConfigReader, tensorCount: Int?) {
    let layers = reader.size("num_hidden_layers", in: 1...Int.max)
    let limit = tensorCount ?? 10_000
    guard layers > limit else { return }
    reader.report(
      "num_hidden_layers",
      tensorCount == nil ? "is \(layers)" : "is \(layers), but the weights hold \(limit) tensors",
      expected: "at most \(limit)", hint: "the config belongs to other weights, or is damaged")
  }

  /// What all families have, as most of them write it.
  private static func common(_ reader: ConfigReader, family: Family) -> DecoderConfig {
    let attention = attention(reader)
    let length = reader.size("max_position_embeddings")
    let layer = Layer(window: nil, rope: family.hasRope ? 0 : nil)
    return DecoderConfig(
      modelType: family.modelType, output: output(reader, family: family),
      vocabularySize: reader.size("vocab_size"), width: reader.size("hidden_size"),
      maximumLength: length,
      specialTokens: SpecialTokens(
        bos: reader.tokenID("bos_token_id"), eos: reader.tokenIDs("eos_token_id"),
        pad: reader.tokenID("pad_token_id")),
      embedding: Embedding(scale: 1, learnedPositions: nil),
      norm: Norm(
        kind: family.norm, epsilon: Float(reader.real("norm_eps")), hasUnitOffset: false),
      normPlacement: .before, isParallel: false, attention: attention,
      ropes: family.hasRope
        ? [
          RopeReader(
            reader: reader, headWidth: attention.headWidth, maximumLength: length
          ).rope()
        ] : [],
      mlp: MLP(
        width: innerWidth(reader, family: family), isGated: family.isGated,
        activation: activation(reader), hasBias: false),
      layers: Array(repeating: layer, count: reader.size("num_hidden_layers")),
      residualScale: 1, logitScale: 1, logitSoftcap: nil,
      isHeadTied: reader.flag("tie_word_embeddings"))
  }

  /// `intermediate_size`; four times the width where a family may leave it out.
  private static func innerWidth(_ reader: ConfigReader, family: Family) -> Int {
    if family.defaults["intermediate_size"] == nil, reader.value("intermediate_size") == nil {
      return 4 * reader.size("hidden_size")
    }
    return reader.size("intermediate_size")
  }

  private static func attention(_ reader: ConfigReader) -> Attention {
    let heads = reader.size("num_attention_heads")
    let kvHeads = reader.optionalSize("num_key_value_heads") ?? heads
    let width = reader.size("hidden_size")
    if heads % kvHeads != 0 {
      reader.report(
        "num_attention_heads", "is \(heads)",
        expected: "a multiple of num_key_value_heads \(kvHeads)")
    }
    let stated = reader.optionalSize("head_dim")
    if stated == nil, width % heads != 0 {
      reader.report(
        "hidden_size", "is \(width)",
        expected: "a multiple of \(reader.storedName("num_attention_heads")) \(heads), "
          + "or a head_dim")
    }
    let headWidth = stated ?? max(1, width / heads)
    return Attention(
      heads: heads, kvHeads: kvHeads, headWidth: headWidth,
      scale: Float(1 / Double(headWidth).squareRoot()), hasInputBias: false, hasOutputBias: false,
      headNorm: .none, softcap: nil)
  }

  private static func activation(_ reader: ConfigReader) -> Activation {
    let name = reader.text("hidden_act") ?? ""
    if let activation = activations[name] { return activation }
    reader.report(
      "hidden_act", "is \(quoted(name, limit: 30))",
      expected: "one of \(activations.keys.sorted().joined(separator: ", "))")
    return .silu
  }

  /// By the names of transformers. Three different functions are called gelu.
  private static let activations: [String: Activation] = [
    "silu": .silu, "swish": .silu, "gelu": .gelu, "gelu_python": .gelu, "gelu_new": .geluTanh,
    "gelu_fast": .geluTanh, "gelu_pytorch_tanh": .geluTanh, "gelu_accurate": .geluTanh,
    "relu": .relu,
  ]

  /// Rules between values that families may have changed.
  private mutating func checkTogether(_ reader: ConfigReader) {
    if let pad = specialTokens.pad, pad >= vocabularySize {
      if reader.isGiven("pad_token_id") {
        reader.report(
          "pad_token_id", "is \(pad)", expected: "less than vocab_size \(vocabularySize)")
      }
      specialTokens.pad = nil
    }
    precondition(layers.allSatisfy { $0.rope.map(ropes.indices.contains) ?? true })
  }
}
