public import Formats
public import Kernels

/// What a model is and the memory it needs, for people and programs.
public struct ModelSummary: Sendable {
  public struct Stored: Sendable, Equatable {
    public let dtype: DType
    public let tensors: Int
    public let bytes: Int
  }

  public let architecture: String
  public let parameterCount: Int
  public let layers: Int
  public let width: Int
  public let vocabularySize: Int
  public let maximumLength: Int
  /// Names of its scores or objectives; empty for models that give logits.
  public let labels: [String]
  /// What the weights are stored as, largest part first.
  public let stored: [Stored]
  /// Tokens the tokenizer has; nil without one.
  public let tokenizerSize: Int?
  public let hasTemplate: Bool
  public let endTokens: [Int32]
  public let memory: MemoryEstimate

  public var weightBytes: Int { stored.reduce(0) { $0 + $1.bytes } }
}

/// Bytes a model needs, beside its activations.
public struct MemoryEstimate: Sendable, Equatable {
  /// Weights as stored: mapped, so that the system may drop them again.
  public let weights: Int
  /// Keys and values of one token of one stream, f32.
  public let cachePerToken: Int
  /// f32 masters, gradients and the two moments of AdamW: 16 bytes a parameter.
  public let training: Int
}

extension DecoderModel {
  /// The summary of a model without a tokenizer.
  public var summary: ModelSummary {
    summary(
      tokenizerSize: nil, hasTemplate: false,
      endTokens: config.specialTokens.eos.map { Int32($0) })
  }

  func summary(tokenizerSize: Int?, hasTemplate: Bool, endTokens: [Int32]) -> ModelSummary {
    ModelSummary(
      architecture: configJSON["architectures"]?[0]?.string ?? Family.of(config).causalClass,
      parameterCount: parameterCount, layers: config.layers.count, width: config.width,
      vocabularySize: config.vocabularySize, maximumLength: config.maximumLength,
      labels: DecoderConfig.labelNames(configJSON, count: config.scoreCount), stored: stored,
      tokenizerSize: tokenizerSize, hasTemplate: hasTemplate, endTokens: endTokens,
      memory: memory)
  }

  /// See `MemoryEstimate`.
  public var memory: MemoryEstimate {
    MemoryEstimate(
      weights: variables.reduce(0) { $0 + $1.value.byteCount },
      cachePerToken: config.layers.count * 2 * config.attention.keyWidth * 4,
      training: parameterCount * 16)
  }

  private var stored: [ModelSummary.Stored] {
    let byType = Dictionary(grouping: variables.map(\.value)) { $0.dtype }
    return byType.map { dtype, tensors in
      ModelSummary.Stored(
        dtype: dtype, tensors: tensors.count,
        bytes: tensors.reduce(0) { $0 + $1.byteCount })
    }.sorted { ($1.bytes, $0.dtype.rawValue) < ($0.bytes, $1.dtype.rawValue) }
  }
}

extension ModelSummary {
  /// Name and value of each line for people.
  public var lines: [(key: String, value: String)] {
    [
      ("architecture", architecture),
      ("gives", labels.isEmpty ? "tokens" : scoresText),
      ("parameters", grouped(parameterCount)),
      ("layers", "\(layers) of width \(width)"),
      ("context", "\(grouped(maximumLength)) tokens"),
      ("vocabulary", grouped(vocabularySize)),
      (
        "stored as",
        stored.map { "\($0.dtype) \(mebibytes($0.bytes)) (\($0.tensors))" }
          .joined(separator: ", ")
      ),
      ("tokenizer", tokenizerSize.map { "\(grouped($0)) tokens" } ?? "none"),
      ("chat template", hasTemplate ? "yes" : "no, plain turns are used"),
      ("end tokens", endTokens.map(String.init).joined(separator: ", ")),
      ("weights", mebibytes(memory.weights)),
      ("cache", "\(mebibytes(memory.cachePerToken * 1024)) for 1,024 tokens of a stream"),
      ("training", "\(mebibytes(memory.training)) and activations"),
    ]
  }

  public var json: JSON {
    [
      "architecture": .string(architecture), "parameters": .int(Int64(parameterCount)),
      "layers": .int(Int64(layers)), "width": .int(Int64(width)),
      "vocabulary_size": .int(Int64(vocabularySize)),
      "max_position_embeddings": .int(Int64(maximumLength)),
      "labels": .array(labels.map { .string($0) }),
      "stored": .object(
        JSONObject(stored.map { (key: "\($0.dtype)", value: .int(Int64($0.bytes))) })),
      "tokenizer_size": tokenizerSize.map { .int(Int64($0)) } ?? .null,
      "chat_template": .bool(hasTemplate),
      "end_tokens": .array(endTokens.map { .int(Int64($0)) }),
      "weight_bytes": .int(Int64(memory.weights)),
      "cache_bytes_per_token": .int(Int64(memory.cachePerToken)),
      "training_bytes": .int(Int64(memory.training)),
    ]
  }

  private var scoresText: String {
    let shown = labels.prefix(4).joined(separator: ", ") + (labels.count > 4 ? ", …" : "")
    return labels.count == 1 ? "one score" : "\(labels.count) scores: \(shown)"
  }

  private func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return digits.enumerated().map { index, digit in
      let rest = digits.count - index
      return index > 0 && rest % 3 == 0 ? ",\(digit)" : "\(digit)"
    }.joined()
  }

  private func mebibytes(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + (1 << 19)) >> 20
    return "\(tenths / 10).\(tenths % 10) MiB"
  }
}
