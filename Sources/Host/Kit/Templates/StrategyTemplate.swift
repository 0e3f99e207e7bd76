/// A strategy that fine-tunes on the best of the sources' responses, where it is good enough.
enum StrategyTemplate {
  static let files: [(path: String, text: String)] = [
    ("Sources/{{Module}}.swift", source), ("tests.jsonl", tests), ("recipe.yaml", recipe),
    ("README.md", readme),
  ]

  static let nextSteps = [
    "crucible plugin build {{name}}",
    "crucible run {{name}}/recipe.yaml",
    "crucible run {{name}}/recipe.yaml --set fusion.threshold=0.2",
  ]

  private static let source = #"""
    import PluginAPI

    /// Best-of-n distillation: the target learns the best response of all sources to each prompt, where
    /// its score reaches a threshold.
    struct {{Type}}: FusionStrategy {
      static let name = "{{name}}"
      static let summary = "Fine-tuning on the sources' best responses that score well enough."

      struct Options: PluginOptions {
        @Setting("Lowest score that is learnt from.") var threshold = 0.5
        @Setting("Best responses of a prompt, none of them twice.", in: 1...) var perPrompt = 1
        @Section("Tokenisation of prompts and responses.") var rows = RowOptions()
        @Section("The fine-tuning.") var sft = FineTuningOptions()
      }

      let options: Options

      init(_ options: Options) throws { self.options = options }

      func check(_ setup: FusionSetup) throws {
        try setup.require(sources: true, rewards: true)
      }

      func fuse(_ job: any FusionJob) throws -> ModelHandle {
        // Indexed by source, prompt, sample. Sampled and scored once: later runs find them in the store.
        let answers = try job.scoredResponses(of: job.sources, to: job.prompts)
        let lessons = job.prompts.indices.flatMap { index in
          best(answers.flatMap { $0[index] }).map { (prompt: job.prompts[index], response: $0) }
        }
        job.log("\(lessons.count) responses score at least \(options.threshold)")
        guard !lessons.isEmpty else {
          throw Problem(
            .failed, "no response scores \(options.threshold)",
            hint: "lower fusion.threshold, raise sampling.n, or take better sources")
        }
        let settings = try options.sft.settings(job.training)
        return try job.train(
          job.target, stage: "distil", objective: TokenCrossEntropy(), settings: settings
        ) { model in
          let writer = RowWriter(model: model, format: options.rows.format(settings, for: model))
          return try lessons.map { lesson in
            try writer.row(
              prompt: lesson.prompt.messages, responses: [lesson.response.text],
              place: lesson.prompt.place)
          }
        }
      }

      /// The best responses that reach the threshold, best first; equals in the recipe's order of sources.
      private func best(_ responses: [ScoredResponse]) -> [ScoredResponse] {
        var seen: Set<String> = []
        let good = responses.enumerated()
          // NaN, a response that could not be judged, reaches no threshold.
          .filter { $0.element.score >= options.threshold && !$0.element.text.isEmpty }
          .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
          .map(\.element)
        return Array(good.filter { seen.insert($0.text).inserted }.prefix(options.perPrompt))
      }
    }

    @c(crucible_plugin_{{Module}})
    public func entry() -> UnsafeRawPointer {
      manifest("{{Module}}", version: "0.1.0", strategies: [{{Type}}.self])
    }

    """#

  private static let tests = #"""
    {"recipe": "recipe.yaml", "set": {"data.limit": 12, "data.heldout_limit": 6}}
    {"recipe": "recipe.yaml", "set": {"data.limit": 12, "data.heldout_limit": 6, "fusion.threshold": 99}, "fails": "no response scores 99"}

    """#

  private static let recipe = #"""
    # Three small models teach a fourth, each where it is right.
    version: 1
    name: {{name}}
    seed: 42
    target: {{examples}}/quickstart/models/target
    sources:
      - {{examples}}/quickstart/models/words
      - {{examples}}/quickstart/models/numbers
      - {{examples}}/quickstart/models/forms
    rewards:
      - {plugin: verifiable}
    data:
      train: {{examples}}/quickstart/data/train.jsonl
      heldout: {{examples}}/quickstart/data/heldout.jsonl
      limit: 120
      heldout_limit: 45
    sampling: {n: 2, temperature: 1.0, max_tokens: 24}
    train: {epochs: 2, batch_size: 16, learning_rate: 1.0e-4}
    fusion:
      strategy: {{name}}
      threshold: 0.9
      sft: {learning_rate: 1.0e-4}
    evaluate: {n: 1, temperature: 0}

    """#

  private static let readme = #"""
    # {{name}}

    A strategy: samples every source, scores the responses by the recipe's rewards, and fine-tunes the target on the best one of
    each prompt, where it reaches a threshold. Prompts without a good response are left out.

        fusion:
          strategy: {{name}}
          threshold: 0.9
          sft: {learning_rate: 1.0e-4}

    | option | default | |
    |---|---|---|
    | `threshold` | 0.5 | lowest score that is learnt from, in the units of the rewards' weighted sum |
    | `per_prompt` | 1 | how many of a prompt's best responses are learnt, none of them twice |
    | `rows`, `sft` | | tokenisation and training, as in the strategy sft |

    `crucible plugin build {{name}}` builds and installs it, `crucible plugin test {{name}}` runs `tests.jsonl`.

    """#
}
