/// A merge method: part of the way from the base to the models' mean.
enum MergeMethodTemplate {
  static let files: [(path: String, text: String)] = [
    ("Sources/{{Module}}.swift", source), ("tests.jsonl", tests), ("recipe.yaml", recipe),
    ("README.md", readme),
  ]

  static let nextSteps = [
    "crucible plugin build {{name}}",
    "crucible run {{name}}/recipe.yaml",
    "crucible run {{name}}/recipe.yaml --set fusion.strength=1",
  ]

  private static let source = #"""
    import PluginAPI

    /// Part of the way from the base to the models' weighted mean:
    /// Y = B + strength · Σ wᵢ (Xᵢ − B) / Σ wᵢ.
    struct {{Type}}: MergeMethod {
      static let name = "{{snake}}"
      static let summary = "Part of the way from the base to the models' weighted mean."
      static let contract = MergeContract(base: .required, missing: .needBase)

      /// Hold for a whole tensor.
      struct Options: PluginOptions {
        @Setting("Part of the way: 0 is the base, 1 the mean.", in: 0.0...2) var strength = 0.7
      }

      /// Hold for each model.
      struct Input: PluginOptions {
        @Setting("Share of the mean.", in: 0.0...) var weight = 1.0
      }

      let options: Options

      init(_ options: Options) { self.options = options }

      func merge(_ tensor: TensorMerge<Input>) throws {
        let base = try tensor.requiredBase()
        let all = tensor.inputs.reduce(0) { $0 + $1.parameters.weight }
        try tensor.write { block, result in
          let origin = block.values(of: base)
          result.copy(origin)
          // Weights that are all 0 leave the base as it is.
          guard all > 0 else { return }
          for input in tensor.inputs {
            let share = options.strength * input.parameters.weight / all
            result.add(block.delta(of: input.source, from: origin), times: Float(share))
          }
        }
      }
    }

    @c(crucible_plugin_{{Module}})
    public func entry() -> UnsafeRawPointer {
      manifest("{{Module}}", version: "0.1.0", merges: [{{Type}}.self])
    }

    """#

  private static let tests = #"""
    {"recipe": "recipe.yaml", "set": {"data.limit": 6, "data.heldout_limit": 6}}
    {"recipe": "recipe.yaml", "set": {"fusion.strength": 3}, "fails": "expected a value in 0...2"}

    """#

  private static let recipe = #"""
    # Two models that were trained from the target, merged back into it.
    version: 1
    name: {{name}}
    seed: 42
    target: {{examples}}/quickstart/models/target
    sources: [{{examples}}/merging/models/texts, {{examples}}/merging/models/numbers]
    rewards:
      - {plugin: verifiable}
    data:
      train: {{examples}}/quickstart/data/train.jsonl
      heldout: {{examples}}/quickstart/data/heldout.jsonl
      limit: 45
      heldout_limit: 45
    sampling: {n: 1, temperature: 1.0, max_tokens: 24}
    train: {dtype: bf16}
    fusion: {strategy: {{snake}}, strength: 0.7}
    evaluate: {n: 1, temperature: 0}

    """#

  private static let readme = #"""
    # {{name}}

    A merge method, `{{snake}}` in configs: `Y = B + strength · Σ wᵢ (Xᵢ − B) / Σ wᵢ`, in recipes and in merge configs.

        merge_method: {{snake}}
        base_model: target
        models: [{model: texts, parameters: {weight: 1}}, {model: numbers, parameters: {weight: 2}}]
        parameters: {strength: 0.7}

    | parameter | of | default | |
    |---|---|---|---|
    | `strength` | a tensor | 0.7 | part of the way: 0 is the base, 1 the mean |
    | `weight` | each model | 1 | share of the mean |

    `crucible plugin build {{name}}` builds and installs it, `crucible plugin test {{name}}` runs `tests.jsonl`.

    """#
}
