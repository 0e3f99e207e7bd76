import Foundation
import Merging

/// Models made on the spot: two layers, width 32.
func tinyDecoder(_ family: String, seed: UInt64 = 7) throws -> DecoderModel {
  let configs: [String: JSON] = [
    // Its own head; grouped queries; a gate.
    "llama": [
      "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 61,
      "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
      "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64,
      "eos_token_id": 2,
    ],
    // The embedding is the head; one stored projection for query, key and value; stored [in, out].
    "gpt2": [
      "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 61, "n_embd": 32,
      "n_layer": 2, "n_head": 4, "n_positions": 64, "bos_token_id": 1, "eos_token_id": 2,
    ],
    // Fused projections, stored [out, in].
    "phi3": [
      "model_type": "phi3", "architectures": ["Phi3ForCausalLM"], "vocab_size": 61,
      "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
      "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 64,
      "pad_token_id": 0,
    ],
  ]
  var config = configs[family] ?? [:]
  // Larger than usual, so that gradients and activations differ clearly.
  config["initializer_range"] = 0.3
  return try DecoderModel.initialised(config: config, source: family, seed: seed)
}

/// A text of some ids; the labels of the first `prompt` do not count.
func tinySequence(_ ids: [Int32], prompt: Int = 0) -> TrainingRow.Sequence {
  TrainingRow.Sequence(
    ids: ids, labels: ids.enumerated().map { $0 < prompt ? DecoderModel.ignoredLabel : $1 })
}

/// Largest |one − other| over the largest |other|; infinite where counts differ or a value is NaN.
func relativeDifference(_ one: [Float], _ other: [Float]) -> Float {
  guard one.count == other.count else { return .infinity }
  var (difference, size): (Float, Float) = (0, .leastNormalMagnitude)
  for (a, b) in zip(one, other) {
    guard a.isFinite, b.isFinite else { return .infinity }
    difference = max(difference, abs(a - b))
    size = max(size, abs(b))
  }
  return difference / size
}

/// A folder that is gone when `body` returns.
func withTemporaryFolder<R>(_ body: (String) throws -> R) throws -> R {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("crucible-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}
