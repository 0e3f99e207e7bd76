internal import Formats
public import Kernels

extension DecoderModel {
  /// Writes config and weights; see `LoadedModel.save`.
  public func save(to directory: String, dtype: DType = .f32) throws {
    try save(to: directory, dtype: dtype, files: ModelFiles(), endTokens: [])
  }

  func save(
    to directory: String, dtype: DType, files: ModelFiles, endTokens: [Int32]
  ) throws {
    precondition([.f32, .bf16, .f16].contains(dtype), "cannot save as \(dtype)")
    let staging = try StagingFolder(for: directory)
    do {
      try write(savedConfig(dtype), to: "\(staging.path)/config.json")
      for (name, content) in files.entries {
        try content.withBytes { bytes in
          try writeAtomically(path: "\(staging.path)/\(name)") { try $0.write(bytes) }
        }
      }
      if !isClassifier, files[ModelFiles.generationName] == nil {
        try write(
          generationConfig(endTokens), to: "\(staging.path)/\(ModelFiles.generationName)")
      }
      try writeWeights(to: staging.path, dtype: dtype)
      try staging.commit()
    } catch {
      staging.discard()
      throw error
    }
  }

  private func writeWeights(to directory: String, dtype: DType) throws {
    let tensors = checkpointTensors
    let byName = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0.tensor) })
    let descriptions = tensors.map {
      TensorDescription(name: $0.name, dtype: dtype, shape: $0.tensor.shape)
    }
    try ShardWriter.write(descriptions, to: directory) { description in
      guard let tensor = byName[description.name] else {
        preconditionFailure("no tensor \(description.name)")
      }
      return tensor.converted(to: dtype)
    }
  }

  /// The source's config with what saving changes.
  private func savedConfig(_ dtype: DType) -> JSON {
    var json = configJSON
    let name = [DType.bf16: "bfloat16", .f16: "float16"][dtype] ?? "float32"
    json[json["dtype"] == nil ? "torch_dtype" : "dtype"] = .string(name)
    if json["torch_dtype"] != nil, json["dtype"] != nil { json["torch_dtype"] = .string(name) }
    return json
  }

  private func generationConfig(_ endTokens: [Int32]) -> JSON {
    var json: JSON = ["_from_model_config": true]
    let tokens = config.specialTokens
    json["bos_token_id"] = tokens.bos.map { .int(Int64($0)) }
    let ends = endTokens.isEmpty ? tokens.eos : endTokens.map(Int.init)
    let list = ends.map { JSON.int(Int64($0)) }
    if !list.isEmpty { json["eos_token_id"] = list.count == 1 ? list[0] : .array(list) }
    json["pad_token_id"] = tokens.pad.map { .int(Int64($0)) }
    return json
  }

  private func write(_ json: JSON, to path: String) throws {
    try writeAtomically(path: path, text: json.serialized(pretty: true) + "\n")
  }
}
