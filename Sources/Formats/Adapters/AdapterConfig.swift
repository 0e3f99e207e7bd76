internal import Glibc
internal import Kernels

/// The `adapter_config.json` of a PEFT LoRA adapter.
public struct AdapterConfig: Sendable {
  public static let fileName = "adapter_config.json"

  /// As the adapter names it: a path or a name of the Hub.
  public let baseModel: String?
  /// Rank of every pair that no pattern gives another.
  public let rank: Int
  public let alpha: Double
  public let usesRSLoRA: Bool
  public let usesDoRA: Bool
  /// The base stores weights input-first, as GPT-2 does.
  public let fanInFanOut: Bool
  let rankPattern: [(suffix: String, value: Int)]
  let alphaPattern: [(suffix: String, value: Double)]
  /// Everything the file says.
  public let json: JSON

  /// - Throws: `Problem` (65) at the file for another kind of adapter and for values out of range.
  init(path: String) throws(Problem) {
    json = try JSON.parse(file: path)
    let reader = AdapterConfigReader(json: json, path: path)
    try reader.checkType()
    baseModel = try reader.value("base_model_name_or_path", "a string", \.string)
    rank = try reader.rank(json["r"] ?? 8, key: "r")
    alpha = try reader.alpha(json["lora_alpha"] ?? 8, key: "lora_alpha")
    usesRSLoRA = try reader.value("use_rslora", "true or false", \.bool) ?? false
    usesDoRA = try reader.value("use_dora", "true or false", \.bool) ?? false
    fanInFanOut = try reader.value("fan_in_fan_out", "true or false", \.bool) ?? false
    rankPattern = try reader.pattern("rank_pattern") { value, key throws(Problem) in
      try reader.rank(value, key: key)
    }
    alphaPattern = try reader.pattern("alpha_pattern") { value, key throws(Problem) in
      try reader.alpha(value, key: key)
    }
  }

  /// The rank of the pair of `module`, such as `model.layers.0.self_attn.q_proj`.
  public func rank(of module: String) -> Int { value(rankPattern, module) ?? rank }

  /// What B·A is multiplied with: α / r, or α / √r for rank-stabilised adapters.
  public func scale(of module: String) -> Double {
    let rank = Double(rank(of: module))
    return (value(alphaPattern, module) ?? alpha) / (usesRSLoRA ? rank.squareRoot() : rank)
  }

  private func value<Value>(_ pattern: [(suffix: String, value: Value)], _ module: String) -> Value?
  {
    pattern.first { module == $0.suffix || module.hasSuffix("." + $0.suffix) }?.value
  }
}

private struct AdapterConfigReader {
  let json: JSON
  let path: String

  func checkType() throws(Problem) {
    guard json.object != nil else {
      throw Problem(.badData, at: path, "holds \(json.kindName)", expected: "an object")
    }
    guard let type = json["peft_type"]?.string else {
      throw Problem(.badData, at: path, "has no peft_type", expected: "\"LORA\"")
    }
    guard type == "LORA" else {
      throw Problem(
        .badData, at: path, "peft_type is \(quoted(type)), which is not supported",
        expected: "\"LORA\"")
    }
  }

  /// The value of an optional key; null counts as absent.
  func value<Value>(
    _ key: String, _ wanted: String, _ read: (JSON) -> Value?
  ) throws(Problem) -> Value? {
    guard let found = json[key], !found.isNull else { return nil }
    guard let value = read(found) else {
      throw Problem(.badData, at: path, "\(key) is \(found.kindName)", expected: wanted)
    }
    return value
  }

  func rank(_ value: JSON, key: String) throws(Problem) -> Int {
    guard let rank = value.int, rank > 0, rank <= 1 << 20 else {
      throw Problem(
        .badData, at: path, "\(key) is \(value.serialized())",
        expected: "a whole number from 1")
    }
    return rank
  }

  func alpha(_ value: JSON, key: String) throws(Problem) -> Double {
    guard let alpha = value.double, alpha.isFinite else {
      throw Problem(.badData, at: path, "\(key) is \(value.serialized())", expected: "a number")
    }
    return alpha
  }

  /// A mapping from ends of module names to values. PEFT takes regular expressions there; what
  /// uses them for more than an end is refused, since it would quietly mean something else.
  func pattern<Value>(
    _ key: String, _ read: (JSON, String) throws(Problem) -> Value
  ) throws(Problem) -> [(suffix: String, value: Value)] {
    var pattern: [(suffix: String, value: Value)] = []
    for (suffix, value) in try self.value(key, "an object", \.object)?.entries ?? [] {
      guard suffix.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }) else {
        throw Problem(
          .badData, at: path, "\(key) has the regular expression \(quoted(suffix))",
          expected: "the end of a module's name")
      }
      pattern.append((suffix, try read(value, "\(key).\(suffix)")))
    }
    return pattern
  }
}
