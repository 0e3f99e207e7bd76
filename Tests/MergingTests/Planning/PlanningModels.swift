import Testing

@testable import Merging

/// Small checkpoints in a folder, and merges of them.
struct PlanningModels {
  let folder: ScratchFolder

  /// `base`, `a` and `b`, all alike.
  init() throws {
    folder = try ScratchFolder()
    for (index, name) in ["base", "a", "b"].enumerated() {
      try write(name, .decoder(seed: UInt64(index + 1)))
    }
  }

  func write(_ name: String, _ checkpoint: TinyCheckpoint) throws {
    try checkpoint.write(name, in: folder)
  }

  func merge(_ text: String) throws -> Merge {
    try Merge(MergeConfig(text: text, path: folder.path("merge.yml")), methods: testMethods)
  }

  /// The plan of the last document.
  func plan(_ text: String) throws -> MergePlan {
    let plans = try merge(text).plans
    return try #require(plans.last)
  }

  /// What is wrong; empty when the merge can be planned.
  func faults(_ text: String) -> [Problem] {
    do {
      _ = try merge(text)
      return []
    } catch let problems as Problems {
      return problems.all
    } catch let problem as Problem {
      return [problem]
    } catch {
      return [Problem(.failed, "\(error)")]
    }
  }

  /// Merges, and opens what was written.
  func run(_ text: String, settings: Merge.Settings = .init()) throws -> ShardedTensors {
    let out = folder.path("out-\(UInt64.random(in: 0...UInt64.max))")
    try merge(text).run(to: out, settings: settings)
    return try ShardedTensors(directory: out)
  }
}

extension TinyCheckpoint {
  /// `layers` layers of a projection and a norm; embedding, final norm and head.
  static func decoder(
    seed: UInt64 = 1, layers: Int = 2, vocabulary: Int = 12, dtype: DType = .f32
  ) -> TinyCheckpoint {
    var shapes: [(String, [Int])] = [("model.embed_tokens.weight", [vocabulary, 4])]
    for layer in 0..<layers {
      shapes.append(("model.layers.\(layer).self_attn.q_proj.weight", [4, 4]))
      shapes.append(("model.layers.\(layer).mlp.up_proj.weight", [6, 4]))
      shapes.append(("model.layers.\(layer).input_layernorm.weight", [4]))
    }
    shapes += [("model.norm.weight", [4]), ("lm_head.weight", [vocabulary, 4])]
    var checkpoint = TinyCheckpoint(
      tensors: shapes.enumerated().map { index, shape in
        let values = normal(shape.1, seed: seed, index: index)
        // Nothing converts to f64.
        return (
          shape.0,
          dtype == .f64 ? Tensor(zeros: shape.1, dtype: .f64) : values.converted(to: dtype)
        )
      })
    checkpoint.config = [
      "model_type": "llama", "num_hidden_layers": .int(Int64(layers)), "hidden_size": 4,
      "vocab_size": .int(Int64(vocabulary)), "tie_word_embeddings": false,
      "layer_types": .array((0..<layers).map { .string("kind \($0)") }),
    ]
    return checkpoint
  }

  func with(_ name: String, _ tensor: Tensor?) -> TinyCheckpoint {
    var copy = self
    copy[name] = tensor
    return copy
  }

  func with(config key: String, _ value: JSON?) -> TinyCheckpoint {
    var copy = self
    copy.config[key] = value
    return copy
  }

  /// The same tensors under other names; nil leaves one out.
  func renamed(_ name: (String) -> String?) -> TinyCheckpoint {
    var copy = self
    copy.tensors = tensors.compactMap { tensor in name(tensor.name).map { ($0, tensor.tensor) } }
    return copy
  }
}
