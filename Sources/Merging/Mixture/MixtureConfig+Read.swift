internal import PluginAPI

extension MixtureConfig {
  /// Reads a mixture config.
  ///
  /// - Throws: `Problems` (78) with every fault, each with file, line and column; 66 when the file
  ///   is missing.
  public static func read(file path: String) throws -> MixtureConfig {
    try read(readText(path), source: path)
  }

  /// - Parameter source: How messages name the text.
  public static func read(_ text: String, source: String) throws -> MixtureConfig {
    let (node, problems) = YAML.read(text, source: source)
    let reader = MixtureReader(problems: problems)
    let config = node.flatMap { reader.config($0) }
    guard let config, reader.problems.isEmpty else {
      throw Problems(reader.problems)
    }
    var complete = config
    complete.text = text
    return complete
  }
}

/// Reads nodes and collects what is wrong with them.
private final class MixtureReader {
  private(set) var problems: [Problem]

  init(problems: [Problem]) { self.problems = problems }

  private static let keys = [
    "base_model", "experts", "gate_mode", "dtype", "experts_per_token", "shared_experts",
    "architecture",
  ]
  private static let expertKeys = [
    "source_model", "positive_prompts", "negative_prompts", "noise_scale", "residual_scale",
  ]

  func config(_ node: YAMLNode) -> MixtureConfig? {
    guard node.mapping != nil else {
      report(node, "found \(node.found)", expected: "a mapping with base_model and experts")
      return nil
    }
    refuseUnknown(node, known: Self.keys)
    var config = MixtureConfig(
      baseModel: model("base_model", of: node) ?? "", experts: experts("experts", of: node) ?? [])
    config.basePlace = node["base_model"]?.place ?? node.place
    if let mode = choice("gate_mode", of: node, MixtureConfig.GateMode.self) {
      config.gateMode = mode
    }
    config.dtype = dtype(node["dtype"])
    config.architecture = architecture(node["architecture"])
    let shared = node["shared_experts"].flatMap { $0.isNull ? nil : experts($0) } ?? []
    if shared.count > 1, let list = node["shared_experts"] {
      report(list, "\(shared.count) shared experts", expected: "at most one")
    }
    config.sharedExpert = shared.first
    readExpertsPerToken(node, into: &config)
    checkPrompts(config)
    return config
  }

  // MARK: - Values

  private func model(_ key: String, of node: YAMLNode) -> String? {
    guard let value = node[key], !value.isNull else {
      report(node, "\(key) is missing", expected: "the path or name of a model")
      return nil
    }
    // mergekit also takes {model: NAME} and {model: {path: NAME}}.
    let inner = value["model"] ?? value
    guard let name = (inner["path"] ?? inner).string, !name.isEmpty, value["lora"] == nil else {
      report(
        value, "found \(value.found) for \(key)", expected: "the path or name of a model",
        hint: "adapters must be merged into their model before")
      return nil
    }
    return name
  }

  private func experts(_ key: String, of node: YAMLNode) -> [MixtureConfig.Expert]? {
    guard let value = node[key], !value.isNull else {
      report(node, "\(key) is missing", expected: "a list of experts")
      return nil
    }
    let list = experts(value)
    if list?.isEmpty == true { report(value, "no expert", expected: "one at least") }
    return list
  }

  private func experts(_ node: YAMLNode) -> [MixtureConfig.Expert]? {
    guard let entries = node.sequence else {
      report(node, "found \(node.found)", expected: "a list of experts")
      return nil
    }
    return entries.compactMap(expert)
  }

  private func expert(_ node: YAMLNode) -> MixtureConfig.Expert? {
    guard node.mapping != nil else {
      report(node, "found \(node.found)", expected: "a mapping with source_model")
      return nil
    }
    refuseUnknown(node, known: Self.expertKeys)
    guard let model = model("source_model", of: node) else { return nil }
    var expert = MixtureConfig.Expert(model: model, place: node.place)
    expert.positivePrompts = prompts(node["positive_prompts"])
    expert.negativePrompts = prompts(node["negative_prompts"])
    expert.noiseScale = number(node["noise_scale"], "noise_scale", least: 0)
    expert.residualScale = number(node["residual_scale"], "residual_scale")
    return expert
  }

  private func prompts(_ node: YAMLNode?) -> [String] {
    guard let node, !node.isNull else { return [] }
    guard let entries = node.sequence else {
      report(node, "found \(node.found)", expected: "a list of texts")
      return []
    }
    return entries.compactMap { entry in
      guard let text = entry.string else {
        report(entry, "found \(entry.found)", expected: "a text")
        return nil
      }
      return text
    }
  }

  private func number(_ node: YAMLNode?, _ key: String, least: Double? = nil) -> Double? {
    guard let node, !node.isNull else { return nil }
    guard let value = node.double, value.isFinite, value >= least ?? value else {
      report(
        node, "\(key) is \(node.found)",
        expected: least.map { "a number, at least \(Int($0))" } ?? "a number")
      return nil
    }
    return value
  }

  private func dtype(_ node: YAMLNode?) -> DType? {
    guard let node, !node.isNull else { return nil }
    if let type = MixtureDType.named(node.string ?? "") { return type }
    report(
      node, "dtype is \(node.found)",
      expected: "one of \(MixtureDType.names.joined(separator: ", "))",
      hint: closest(to: node.string ?? "", among: MixtureDType.names).map {
        "did you mean \(quoted($0))?"
      })
    return nil
  }

  private func architecture(_ node: YAMLNode?) -> MixtureArchitecture? {
    guard let node, !node.isNull else { return nil }
    if let found = MixtureArchitecture.named(node.string ?? "") { return found }
    let names = MixtureArchitecture.all.map(\.name)
    report(
      node, "architecture is \(node.found)", expected: "one of \(names.joined(separator: ", "))",
      hint: closest(to: node.string ?? "", among: names).map { "did you mean \(quoted($0))?" })
    return nil
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ key: String, of node: YAMLNode, _ type: Choice.Type
  ) -> Choice? where Choice.RawValue == String {
    guard let value = node[key], !value.isNull else { return nil }
    if let found = value.string.flatMap({ Choice(rawValue: $0) }) { return found }
    let names = Choice.allCases.map(\.rawValue)
    report(
      value, "\(key) is \(value.found)", expected: "one of \(names.joined(separator: ", "))",
      hint: closest(to: value.string ?? "", among: names).map { "did you mean \(quoted($0))?" })
    return nil
  }

  private func readExpertsPerToken(_ node: YAMLNode, into config: inout MixtureConfig) {
    let key = "experts_per_token"
    let value = node[key].flatMap { $0.isNull ? nil : $0 }
    if let value {
      guard let count = value.int, count >= 1 else {
        return report(
          value, "\(key) is \(value.found)", expected: "a whole number, at least 1")
      }
      config.expertsPerToken = count
    }
    let count = config.experts.count
    if count > 0, config.expertsPerToken > count {
      report(
        value ?? node, "\(key) is \(config.expertsPerToken)\(value == nil ? " by default" : "")",
        expected: "at most the number of experts, \(count)")
    }
  }

  // MARK: - Rules

  private func checkPrompts(_ config: MixtureConfig) {
    guard config.gateMode.needsPrompts else { return }
    for expert in config.experts where expert.positivePrompts.isEmpty {
      problems.append(
        Problem(
          .badConfiguration, at: expert.place,
          "expert \(quoted(expert.model)) has no positive_prompts",
          expected: "one at least with gate_mode \(config.gateMode.rawValue)",
          hint: "say what it is good at, or use gate_mode random and train the router"))
    }
    let prompts = config.experts.map { [$0.positivePrompts, $0.negativePrompts] }
    if let first = prompts.first, prompts.count > 1, !first[0].isEmpty,
      prompts.allSatisfy({ $0 == first })
    {
      problems.append(
        Problem(
          .badConfiguration, at: config.experts[0].place,
          "all experts have the same prompts, so the router cannot tell them apart",
          expected: "prompts that show what each is good at"))
    }
  }

  private func refuseUnknown(_ node: YAMLNode, known: [String]) {
    for entry in node.mapping ?? [] where !known.contains(entry.key) {
      problems.append(OptionReader.unknown(entry, among: known))
    }
  }

  private func report(
    _ node: YAMLNode, _ what: String, expected: String? = nil, hint: String? = nil
  ) {
    problems.append(
      Problem(.badConfiguration, at: node.place, what, expected: expected, hint: hint))
  }
}

/// Element types of written models, by the names of configs.
enum MixtureDType {
  private static let known: [(name: String, type: DType)] = [
    ("float32", .f32), ("bfloat16", .bf16), ("float16", .f16),
  ]
  static let names = known.map(\.name)

  static func named(_ name: String) -> DType? {
    let plain = name.hasPrefix("torch.") ? String(name.dropFirst(6)) : name
    return known.first { $0.name == plain }?.type
  }

  static func name(of type: DType) -> String? { known.first { $0.type == type }?.name }
}
