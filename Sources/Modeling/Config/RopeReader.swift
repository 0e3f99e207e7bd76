internal import Formats
internal import Kernels

/// Reads rotary settings in all the styles they are written in: `rope_parameters` (flat, or one
/// mapping for each kind of layer), and the older `rope_theta` + `rope_scaling`.
struct RopeReader {
  let reader: ConfigReader
  let headWidth: Int
  let maximumLength: Int

  /// The settings all layers share.
  func rope() -> Rope {
    if let settings = settings("rope_parameters") { return rope(settings, base: "rope_theta") }
    return rope(settings("rope_scaling") ?? [:], base: "rope_theta")
  }

  /// The settings of layers of `kind` (`full_attention`, `sliding_attention`) where kinds differ.
  /// In the older style the base has its own key, and only full attention is scaled.
  func rope(kind: String, base: String, isScaled: Bool) -> Rope {
    if let all = settings("rope_parameters") {
      if let own = all[kind] { return rope(own == .null ? [:] : own, base: base) }
      if all["rope_type"] != nil || all["rope_theta"] != nil { return rope(all, base: base) }
    }
    return rope((isScaled ? settings("rope_scaling") : nil) ?? [:], base: base)
  }

  private func settings(_ key: String) -> JSON? {
    guard let value = reader.value(key) else { return nil }
    guard value.object != nil else {
      reader.report(key, "is \(value.kindName)", expected: "an object or null")
      return nil
    }
    return value
  }

  private func rope(_ settings: JSON, base baseKey: String) -> Rope {
    let base = number(settings, "rope_theta") ?? reader.real(baseKey)
    if base <= 1 {
      reader.report(baseKey, "is \(base)", expected: "more than 1")
    }
    return Rope(base: base, rotaryWidth: rotaryWidth(settings), scaling: scaling(settings))
  }

  private func rotaryWidth(_ settings: JSON) -> Int {
    let fraction =
      number(settings, "partial_rotary_factor") ?? reader.optionalReal("partial_rotary_factor") ?? 1
    guard fraction <= 1 else {
      reader.report("partial_rotary_factor", "is \(fraction)", expected: "more than 0, at most 1")
      return 2
    }
    let width = Int(Double(headWidth) * fraction)
    if width % 2 != 0 || width == 0 {
      reader.report(
        "head_dim", "is \(headWidth), of which \(width) values would be rotated in pairs",
        expected: "an even number")
    }
    return width
  }

  private func scaling(_ settings: JSON) -> RopeScaling {
    let type = settings["rope_type"] ?? settings["type"] ?? "default"
    switch type.string {
    case "default": return .none
    case "linear": return .linear(factor: factor(settings))
    case "dynamic":
      return .dynamic(factor: factor(settings), original: originalLength(settings) ?? maximumLength)
    case "llama3": return .llama3(llama3(settings))
    case "yarn": return .yarn(yarn(settings))
    case "longrope", "su": return .longrope(longrope(settings))
    default:
      reader.report(
        "rope_scaling", "has rope_type \(quoted(type.string ?? type.serialized(), limit: 30))",
        expected: "default, linear, dynamic, llama3, yarn or longrope")
      return .none
    }
  }

  private func llama3(_ settings: JSON) -> Llama3Scaling {
    let low = needed(settings, "low_freq_factor")
    let high = needed(settings, "high_freq_factor")
    if high <= low {
      reader.report(
        "rope_scaling", "has high_freq_factor \(high)", expected: "more than low_freq_factor \(low)"
      )
    }
    return Llama3Scaling(
      factor: factor(settings), lowFactor: low, highFactor: high,
      originalLength: originalLength(settings) ?? maximumLength)
  }

  private func yarn(_ settings: JSON) -> YarnScaling {
    let original = originalLength(settings) ?? maximumLength
    let factor = number(settings, "factor") ?? Double(maximumLength) / Double(original)
    var attention = YarnScaling.defaultAttentionFactor(factor)
    if let scale = number(settings, "mscale"), let all = number(settings, "mscale_all_dim") {
      attention =
        YarnScaling.defaultAttentionFactor(factor, scale: scale)
        / YarnScaling.defaultAttentionFactor(factor, scale: all)
    }
    return YarnScaling(
      factor: factor, betaFast: number(settings, "beta_fast") ?? 32,
      betaSlow: number(settings, "beta_slow") ?? 1, originalLength: original,
      attentionFactor: number(settings, "attention_factor") ?? attention,
      isTruncated: settings["truncate"]?.bool ?? true)
  }

  private func longrope(_ settings: JSON) -> LongRopeScaling {
    let original = originalLength(settings)
    let length = original ?? maximumLength
    let factor =
      original == nil
      ? number(settings, "factor") ?? 1 : Double(maximumLength) / Double(length)
    let own = number(settings, "attention_factor")
    return LongRopeScaling(
      shortFactors: factors(settings, "short_factor"),
      longFactors: factors(settings, "long_factor"), originalLength: length,
      attentionFactor: own
        ?? LongRopeScaling.defaultAttentionFactor(factor, originalLength: length))
  }

  // MARK: - Single settings

  private func originalLength(_ settings: JSON) -> Int? {
    let key = "original_max_position_embeddings"
    guard let value = settings[key], value != .null else { return reader.optionalSize(key) }
    guard let length = value.int, (2...ConfigReader.largestSize).contains(length) else {
      reader.report("rope_scaling", "has a bad \(key)", expected: "a whole number above 1")
      return nil
    }
    return length
  }

  private func factor(_ settings: JSON) -> Double {
    let factor = needed(settings, "factor")
    if factor < 1 { reader.report("rope_scaling", "has factor \(factor)", expected: "at least 1") }
    return factor
  }

  private func needed(_ settings: JSON, _ key: String) -> Double {
    if let number = number(settings, key) { return number }
    reader.report("rope_scaling", "has no usable \(key)", expected: "a number above 0")
    return 1
  }

  private func number(_ settings: JSON, _ key: String) -> Double? {
    guard let value = settings[key], value != .null else { return nil }
    return reader.checkedReal(value, key)
  }

  /// One divisor for every rotated pair.
  private func factors(_ settings: JSON, _ key: String) -> [Double] {
    let count = rotaryWidth(settings) / 2
    let factors = settings[key]?.array?.compactMap(\.double).filter { $0 > 0 } ?? []
    if factors.count != count || settings[key]?.array?.count != count {
      reader.report(
        "rope_scaling", "has \(factors.count) usable numbers in \(key)",
        expected: "\(count), one for every rotated pair")
    }
    return factors
  }
}
