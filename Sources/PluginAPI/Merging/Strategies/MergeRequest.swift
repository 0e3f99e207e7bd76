/// A merge of a recipe's models by one method: what becomes a document of a merge config.
public struct MergeRequest: Sendable {
  public var method: String
  /// Where the method was asked for.
  public var mark: TextMark
  /// Parameters of the whole merge.
  public var parameters: [YAMLEntry]
  public var options: MergingOptions

  public init(
    method: String, mark: TextMark, parameters: [YAMLEntry], options: MergingOptions
  ) {
    self.method = method
    self.mark = mark
    self.parameters = parameters
    self.options = options
  }

  /// The document, over the models of `setup`.
  ///
  /// - Throws: `Problem` for a method that nobody has; `OptionError` for what does not fit the
  ///   models: no source, too many weights.
  public func document(_ setup: MergeSetup) throws -> YAMLNode {
    let contract = try setup.method(method, mark.description).contract
    guard !setup.sources.isEmpty else {
      throw OptionError("sources", "empty", "must name at least one model to merge")
    }
    let roles = Roles(setup, base: options.base, contract: contract)
    var shared = parameters
    let models = try inputs(roles.models, shared: &shared)
    if contract.required.contains("weight"), options.weights == nil,
      !shared.contains(where: { $0.key == "weight" })
    {
      shared.append(entry("weight", scalar(defaultWeight(contract, count: models.count))))
    }
    var entries = [entry("merge_method", scalar(method))]
    if let base = roles.base { entries.append(entry("base_model", path(base, at: mark))) }
    entries.append(entry("models", node(.sequence(models))))
    if !shared.isEmpty { entries.append(entry("parameters", node(.mapping(shared)))) }
    return node(.mapping(entries + types(setup)))
  }

  private func defaultWeight(_ contract: MergeContract, count: Int) -> String {
    contract.base == .required ? "1.0" : "\(1 / Double(count))"
  }

  /// The entries of `models`, with the numbers that each has for itself; those that all share go
  /// to `shared`.
  private func inputs(
    _ models: [ModelReference], shared: inout [YAMLEntry]
  ) throws -> [YAMLNode] {
    var own = [[YAMLEntry]](repeating: [], count: models.count)
    let numbers = [
      ("weights", "weight", options.weights), ("densities", "density", options.densities),
    ]
    for (option, key, value) in numbers {
      if value != nil, let twice = shared.first(where: { $0.key == key }) {
        throw OptionError(
          option, value?.optionText ?? "",
          "must not stand beside \(quoted(key)) at \(twice.keyMark)")
      }
      switch value {
      case nil: continue
      case .all(let value): shared.append(entry(key, value))
      case .each(let values):
        guard values.count == models.count else {
          throw OptionError(
            option, value?.optionText ?? "",
            "must be \(models.count) numbers, one for each of "
              + models.map { quoted($0.name) }.joined(separator: ", "))
        }
        for (index, value) in values.enumerated() { own[index].append(entry(key, value)) }
      }
    }
    return zip(models, own).map { model, own in
      let mark = model.options?.mark ?? mark
      var entries = [entry("model", path(model.location, at: mark))]
      if !own.isEmpty { entries.append(entry("parameters", node(.mapping(own)))) }
      return YAMLNode(.mapping(entries), at: mark)
    }
  }

  private func types(_ setup: MergeSetup) -> [YAMLEntry] {
    var entries: [YAMLEntry] = []
    if let type = options.dtype { entries.append(entry("dtype", scalar(type.configName))) }
    let written = options.outDtype ?? MergeType(setup.outputType)
    entries.append(entry("out_dtype", scalar(written.configName)))
    if let tokenizer = options.tokenizer {
      let key = tokenizer.mapping == nil ? "tokenizer_source" : "tokenizer"
      entries.append(entry(key, tokenizer))
    }
    return entries
  }

  private func entry(_ key: String, _ value: YAMLNode) -> YAMLEntry {
    YAMLEntry(key: key, keyMark: value.mark, value: value)
  }

  private func node(_ content: YAMLNode.Content) -> YAMLNode { YAMLNode(content, at: mark) }
  private func scalar(_ text: String) -> YAMLNode { node(.scalar(YAMLScalar(text))) }
  private func path(_ text: String, at mark: TextMark) -> YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text, isPlain: false)), at: mark)
  }
}

/// Which models are merged, and which is the base.
private struct Roles {
  /// Location.
  var base: String?
  var models: [ModelReference]

  init(_ setup: MergeSetup, base: MergeBase?, contract: MergeContract) {
    let everything = [setup.target] + setup.sources
    switch (contract.base, base) {
    case (.ignored, _), (.optional, nil):
      (self.base, models) = (nil, everything)
    case (.required, nil), (_, .target):
      (self.base, models) = (setup.target.location, setup.sources)
    case (_, .model(let location)):
      (self.base, models) = (location, everything)
    }
  }
}
