extension MergeDocument {
  static let keys = ConfigKeys(
    [
      "merge_method", "models", "slices", "modules", "base_model", "parameters", "dtype",
      "out_dtype", "tokenizer", "tokenizer_source", "chat_template", "name", "compat",
    ],
    leftovers: ["embed_slerp", "int8_mask", "normalize", "layer_range", "weight", "density"])

  /// The document that `node` holds; nil when it lacks what nothing can be said without. Every
  /// fault is appended to `problems`.
  init?(_ node: YAMLNode, into problems: inout [Problem], warnings: inout [String]) {
    guard node.mapping != nil else {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "found \(node.found)", expected: "a mapping of keys"))
      return nil
    }
    Self.keys.check(node, into: &problems, warnings: &warnings)
    let reader = DocumentReader(node: node)
    guard let method = reader.method(into: &problems) else { return nil }
    self.init(
      name: TextKey("name").read(in: node, into: &problems), method: method,
      baseModel: node["base_model"].flatMap {
        $0.isNull ? nil : MergeModelReference.read($0, into: &problems)
      },
      modules: reader.modules(into: &problems, warnings: &warnings),
      parameters: ParameterMap(node["parameters"], into: &problems),
      dtype: reader.dtype("dtype", into: &problems),
      outputDType: reader.dtype("out_dtype", into: &problems),
      tokenizer: reader.tokenizer(into: &problems),
      chatTemplate: TextKey("chat_template").read(in: node, into: &problems),
      followsMergekit: reader.followsMergekit(into: &problems),
      marks: Marks(
        method: node["merge_method"]?.place ?? node.place,
        baseModel: node["base_model"]?.place ?? node.place,
        chatTemplate: node["chat_template"]?.place ?? node.place),
      node: node)
  }
}

/// Reads the parts of a document.
struct DocumentReader {
  let node: YAMLNode

  func method(into problems: inout [Problem]) -> String? {
    guard let method = node["merge_method"], let name = method.string else {
      problems.append(
        Problem(
          .badConfiguration, at: node["merge_method"]?.place ?? node.place,
          "there is no merge_method", hint: "add 'merge_method: linear', or another method"))
      return nil
    }
    return name
  }

  func followsMergekit(into problems: inout [Problem]) -> Bool {
    guard let compat = node["compat"], !compat.isNull else { return false }
    guard compat.string == "mergekit" else {
      problems.append(
        Problem(
          .badConfiguration, at: compat.place, "'compat': found \(compat.found)",
          expected: "mergekit, or no such key"))
      return false
    }
    return true
  }

  func dtype(_ key: String, into problems: inout [Problem]) -> DType? {
    guard let node = node[key], !node.isNull else { return nil }
    let name = node.string.map { $0.hasPrefix("torch.") ? String($0.dropFirst(6)) : $0 }
    let known: [(String, DType)] = [
      ("float32", .f32), ("float16", .f16), ("bfloat16", .bf16), ("float64", .f64),
    ]
    if let match = known.first(where: { $0.0 == name }) { return match.1 }
    problems.append(
      Problem(
        .badConfiguration, at: node.place, "\(quoted(key)): found \(node.found)",
        expected: "one of " + known.map(\.0).joined(separator: ", "),
        hint: name.flatMap { closest(to: $0, among: known.map(\.0)) }
          .map { "did you mean \(quoted($0))?" }))
    return nil
  }

  func modules(
    into problems: inout [Problem], warnings: inout [String]
  ) -> [MergeModule] {
    let keys = ["models", "slices", "modules"]
    guard let (key, part) = only(keys, in: node, into: &problems) else { return [] }
    if key != "modules" {
      return [
        module(named: nil, node, parameters: nil, into: &problems, warnings: &warnings)
      ].compactMap { $0 }
    }
    guard let entries = part.mapping else {
      problems.append(
        Problem(
          .badConfiguration, at: part.place, "'modules': found \(part.found)",
          expected: "a mapping from names of modules"))
      return []
    }
    return entries.compactMap { entry in
      ConfigKeys(["models", "slices", "parameters"]).check(entry.value, into: &problems)
      guard only(["models", "slices"], in: entry.value, into: &problems) != nil else { return nil }
      return module(
        named: entry.key, entry.value, parameters: entry.value["parameters"], into: &problems,
        warnings: &warnings)
    }
  }

  /// The one of `keys` that `node` has; an empty list counts as absent.
  private func only(
    _ keys: [String], in node: YAMLNode, into problems: inout [Problem]
  ) -> (key: String, part: YAMLNode)? {
    let present = keys.compactMap { key -> (key: String, part: YAMLNode)? in
      guard let part = node[key], !part.isNull, part.sequence?.isEmpty != true,
        part.mapping?.isEmpty != true
      else { return nil }
      return (key, part)
    }
    if present.count == 1 { return present[0] }
    problems.append(
      Problem(
        .badConfiguration, at: (present.last?.part ?? node).place,
        present.isEmpty
          ? "there is nothing to merge"
          : "there are both \(present.map(\.key).joined(separator: " and "))",
        expected: "one of \(keys.joined(separator: ", "))"))
    return nil
  }

  private func module(
    named name: String?, _ node: YAMLNode, parameters: YAMLNode?, into problems: inout [Problem],
    warnings: inout [String]
  ) -> MergeModule? {
    let parameters = ParameterMap(parameters, into: &problems)
    if let models = node["models"], !models.isNull, models.sequence?.isEmpty != true {
      let sources = entries(
        models, hasLayers: false, into: &problems, warnings: &warnings)
      let slice = MergeSlice(
        sources: sources, baseModel: nil, parameters: ParameterMap(), place: models.place)
      return MergeModule(name: name, slices: [slice], parameters: parameters, isWhole: true)
    }
    guard let list = node["slices"], let nodes = list.sequence, !nodes.isEmpty else {
      problems.append(
        Problem(
          .badConfiguration, at: node["slices"]?.place ?? node.place, "there are no slices",
          expected: "models, or a list of slices"))
      return nil
    }
    let slices = nodes.compactMap { slice($0, into: &problems, warnings: &warnings) }
    return MergeModule(name: name, slices: slices, parameters: parameters, isWhole: false)
  }

  private func slice(
    _ node: YAMLNode, into problems: inout [Problem], warnings: inout [String]
  ) -> MergeSlice? {
    guard node.mapping != nil, let sources = node["sources"] else {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "this slice has no sources",
          expected: "{sources: [{model: PATH, layer_range: [FROM, TO]}]}"))
      return nil
    }
    ConfigKeys(["sources", "parameters", "base_model"], leftovers: ["residual_weight"])
      .check(node, into: &problems, warnings: &warnings)
    return MergeSlice(
      sources: entries(sources, hasLayers: true, into: &problems, warnings: &warnings),
      baseModel: node["base_model"].flatMap {
        $0.isNull ? nil : MergeModelReference.read($0, into: &problems)
      },
      parameters: ParameterMap(node["parameters"], into: &problems), place: node.place)
  }

  private func entries(
    _ list: YAMLNode, hasLayers: Bool, into problems: inout [Problem], warnings: inout [String]
  ) -> [MergeEntry] {
    guard let nodes = list.sequence else {
      problems.append(
        Problem(
          .badConfiguration, at: list.place, "found \(list.found)", expected: "a list of models"))
      return []
    }
    return nodes.compactMap { node in
      guard node.mapping != nil, let model = node["model"] else {
        problems.append(
          Problem(
            .badConfiguration, at: node.place, "found \(node.found)",
            expected: "{model: PATH, parameters: …}"))
        return nil
      }
      let keys = ["model", "parameters"] + (hasLayers ? ["layer_range"] : [])
      ConfigKeys(keys, leftovers: ["layer_range", "weight", "density", "name"])
        .check(node, into: &problems, warnings: &warnings)
      guard let reference = MergeModelReference.read(model, into: &problems) else { return nil }
      return MergeEntry(
        model: reference, layers: hasLayers ? layers(node, into: &problems) : nil,
        parameters: ParameterMap(node["parameters"], into: &problems), place: node.place)
    }
  }

  private func layers(_ node: YAMLNode, into problems: inout [Problem]) -> Range<Int>? {
    guard let range = node["layer_range"], !range.isNull else { return nil }
    let numbers = range.sequence?.compactMap(\.int) ?? []
    guard numbers.count == 2, range.sequence?.count == 2, numbers[0] >= 0, numbers[0] < numbers[1]
    else {
      problems.append(
        Problem(
          .badConfiguration, at: range.place, "'layer_range': found \(range.serialized().flat)",
          expected: "[FROM, TO], the first layer and the one after the last"))
      return nil
    }
    return numbers[0]..<numbers[1]
  }
}

extension String {
  /// On one line.
  fileprivate var flat: String {
    split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
