import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import Merging

/// A folder of one test, removed with everything in it.
final class TransplantFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "transplant-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A model folder of one layer whose vocabulary is `tokens` (ids in order), the first of them
  /// `<s>`. Embedding and head are normal draws of `seed`.
  func model(
    _ name: String, tokens: [String], width: Int = 8, rows: Int? = nil, isTied: Bool = false,
    dtype: DType = .f32, seed: UInt64 = 1
  ) throws -> String {
    let config: JSON = [
      "model_type": "llama", "architectures": ["LlamaForCausalLM"],
      "vocab_size": .int(Int64(rows ?? tokens.count)), "hidden_size": .int(Int64(width)),
      "intermediate_size": 12, "num_hidden_layers": 1, "num_attention_heads": 2,
      "max_position_embeddings": 32, "tie_word_embeddings": .bool(isTied),
      "bos_token_id": 0, "eos_token_id": 0, "initializer_range": 0.5,
    ]
    let folder = "\(path)/\(name)"
    try DecoderModel.initialised(config: config, source: name, seed: seed)
      .save(to: folder, dtype: dtype)
    try FileManager.default.removeItem(atPath: "\(folder)/generation_config.json")
    try writeAtomically(
      path: "\(folder)/tokenizer.json", text: Self.tokenizer(tokens).serialized())
    try writeAtomically(
      path: "\(folder)/tokenizer_config.json",
      text: JSON.object(["bos_token": .string(tokens[0]), "eos_token": .string(tokens[0])])
        .serialized())
    return folder
  }

  /// Byte-level pieces without merges.
  private static func tokenizer(_ tokens: [String]) -> JSON {
    var vocabulary = JSONObject()
    for (id, token) in tokens.enumerated() { vocabulary[token] = .int(Int64(id)) }
    let special: JSON = [
      "id": 0, "content": .string(tokens[0]), "single_word": false, "lstrip": false,
      "rstrip": false, "normalized": false, "special": true,
    ]
    return [
      "version": "1.0", "truncation": nil, "padding": nil, "added_tokens": [special],
      "normalizer": nil,
      "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "use_regex": false],
      "post_processor": nil, "decoder": ["type": "ByteLevel"],
      "model": [
        "type": "BPE", "dropout": nil, "unk_token": nil, "vocab": .object(vocabulary),
        "merges": [],
      ],
    ]
  }
}

func matrix(_ folder: String, _ name: String = "model.embed_tokens.weight") throws -> [[Float]] {
  let tensor = try ShardedTensors(directory: folder).tensor(name).converted(to: .f32)
  return (0..<tensor.rows).map { tensor.rows($0..<$0 + 1).floats() }
}
