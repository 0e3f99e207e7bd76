/// The config.json of the output: the reference model's with what the merge changes.
struct OutputConfig {
  let document: MergeDocument
  let models: [MergeModel]
  let reference: MergeModel
  let stacks: [StackPlan]
  let tensors: [PlannedTensor]
  /// Rows of embedding and head where vocabularies were aligned.
  let rowCount: Int?

  private static let layerCountKeys = ["num_hidden_layers", "n_layer", "num_layers", "n_layers"]
  /// Lists with an entry a layer.
  private static let layerListKeys = [
    "layer_types", "no_rope_layers", "attention_types", "mlp_layer_types", "sliding_window_pattern",
  ]

  func json(warnings: inout [String]) -> JSON {
    var json = reference.config
    if let dtype = document.outputDType ?? document.dtype { setDType(dtype, in: &json) }
    setLayers(in: &json, warnings: &warnings)
    if let rowCount { set("vocab_size", to: .int(Int64(rowCount)), in: &json) }
    untie(in: &json, warnings: &warnings)
    return json
  }

  /// At the place where the architecture has it: at the top, or in `text_config`.
  private func set(_ key: String, to value: JSON, in json: inout JSON) {
    if json[key] == nil, var text = json["text_config"], text[key] != nil {
      text[key] = value
      json["text_config"] = text
    } else {
      json[key] = value
    }
  }

  private func setDType(_ dtype: DType, in json: inout JSON) {
    let name = JSON.string(dtype.configName)
    json[json["dtype"] == nil ? "torch_dtype" : "dtype"] = name
    if json["torch_dtype"] != nil, json["dtype"] != nil { json["torch_dtype"] = name }
  }

  /// The config counts the layers of one stack, the text model's; those of the others stand where
  /// their architecture has them.
  private func setLayers(in json: inout JSON, warnings: inout [String]) {
    let key = Self.layerCountKeys.first { reference.configValue($0) != nil }
    let before = key.flatMap { reference.configValue($0)?.int }
    let isAlone = reference.layout.stacks.count == 1
    let counted = stacks.first { isAlone || !$0.seesOrHears && layers(of: $0) == before }
    if let key, let before, let counted { setLayers(counted, key, before, in: &json) }
    for stack in stacks where stack.prefix != counted?.prefix && stack.layers != layers(of: stack) {
      warnings.append(
        "\(stack.prefix)* has \(stack.layers) layers now: config.json must be told so by hand")
    }
  }

  /// Layers that the reference has in the place of `stack`.
  private func layers(of stack: StackPlan) -> Int? {
    reference.layout.stacks.first { $0.prefix == stack.prefix }?.layers
  }

  private func setLayers(
    _ stack: StackPlan, _ key: String, _ before: Int, in json: inout JSON
  ) {
    set(key, to: .int(Int64(stack.layers)), in: &json)
    for key in Self.layerListKeys {
      guard reference.configValue(key)?.array?.count == before else { continue }
      // Each layer's entry is that of the model it comes from.
      let entries = stack.origins.compactMap { origin -> JSON? in
        let list = models[origin.model].configValue(key)?.array ?? []
        return origin.layer < list.count ? list[origin.layer] : nil
      }
      if entries.count == stack.layers { set(key, to: .array(entries), in: &json) }
    }
  }

  /// A head that is written must be read: loaders pass over it where embeddings are tied.
  private func untie(in json: inout JSON, warnings: inout [String]) {
    guard !document.followsMergekit, tensors.contains(where: \.isEmbedding) else { return }
    let isTied = reference.configValue("tie_word_embeddings")?.bool
    guard tensors.contains(where: \.isHead) else {
      // The reference's own head is no part of the output.
      guard reference.headName != nil, isTied != true else { return }
      set("tie_word_embeddings", to: true, in: &json)
      warnings.append(
        "no layer comes from a model with a head of its own, as \(quoted(reference.name)) has "
          + "one: tie_word_embeddings is true")
      return
    }
    // Absent means tied to some architectures, and not to others.
    guard isTied != false else { return }
    set("tie_word_embeddings", to: false, in: &json)
    if isTied == nil { return }
    warnings.append(
      "the output has a head of its own, \(quoted(reference.name)) ties it to the embedding: "
        + "tie_word_embeddings is false")
  }
}

extension StackPlan {
  /// As its layers' names begin.
  fileprivate var prefix: String { slices.first?.sources.first?.stack.prefix ?? "" }

  fileprivate var seesOrHears: Bool {
    ["vis", "image", "audio", "speech"].contains { prefix.contains($0) }
  }
}

extension PlannedTensor {
  fileprivate var isHead: Bool { role == .head && name.hasSuffix(".weight") }
  fileprivate var isEmbedding: Bool { role == .embedding }
}
