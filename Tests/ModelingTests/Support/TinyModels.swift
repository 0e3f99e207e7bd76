import Formats
import Kernels

@testable import Modeling

/// Configs of models made on the spot: two layers, width 32.
let tinyConfigs: [String: JSON] = [
  "llama": [
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 61,
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "eos_token_id": 2,
  ],
  "qwen2": [
    "model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "vocab_size": 61,
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "tie_word_embeddings": true,
  ],
  "gemma3": [
    "model_type": "gemma3_text", "architectures": ["Gemma3ForCausalLM"], "vocab_size": 61,
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 1, "head_dim": 8, "max_position_embeddings": 64, "sliding_window": 5,
    "sliding_window_pattern": 2,
  ],
  "gpt2": [
    "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": 61, "n_embd": 32,
    "n_layer": 2, "n_head": 4, "n_positions": 64, "bos_token_id": 1, "eos_token_id": 2,
  ],
  "phi3": [
    "model_type": "phi3", "architectures": ["Phi3ForCausalLM"], "vocab_size": 61,
    "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "pad_token_id": 0,
    "original_max_position_embeddings": 12,
    "rope_scaling": [
      "type": "longrope", "short_factor": [1.0, 1.1, 1.2, 1.3],
      "long_factor": [2.0, 3.0, 4.0, 5.0],
    ],
  ],
]

func tinyModel(_ family: String, seed: UInt64 = 7, deviation: Double = 0.3) throws -> DecoderModel {
  var config = tinyConfigs[family] ?? [:]
  // Larger than usual, so that draws differ.
  config["initializer_range"] = .number(deviation)
  return try DecoderModel.initialised(config: config, source: family, seed: seed)
}
