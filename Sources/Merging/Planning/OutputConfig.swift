/// The config.json of the output: the reference model's with what the merge changes.
struct OutputConfig {
  let document: MergeDocument
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
    if stacks.count == 1, let stack = stacks.first { setLayers(stack, in: &json) }
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

  private func setLayers(_ stack: StackPlan, in json: inout JSON) {
    let key = Self.layerCountKeys.first { reference.configValue($0) != nil }
    guard let key, let before = reference.configValue(key)?.int else { return }
    set(key, to: .int(Int64(stack.layers)), in: &json)
    let origins = stack.origins
    for key in Self.layerListKeys {
      guard let list = reference.configValue(key)?.array, list.count == before else { continue }
      let layers = origins.map { $0.layer }.filter { $0 < list.count }
      if layers.count == stack.layers { set(key, to: .array(layers.map { list[$0] }), in: &json) }
    }
  }

  /// A head that is written must be read: loaders pass over it where embeddings are tied.
  private func untie(in json: inout JSON, warnings: inout [String]) {
    guard tensors.contains(where: { $0.role == .head }), !document.followsMergekit,
      reference.configValue("tie_word_embeddings")?.bool ?? false
    else { return }
    set("tie_word_embeddings", to: false, in: &json)
    warnings.append(
      "the output has a head of its own, \(quoted(reference.name)) ties it to the embedding: "
        + "tie_word_embeddings is false")
  }
}
