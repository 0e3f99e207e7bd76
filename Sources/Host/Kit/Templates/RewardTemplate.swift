/// A reward that charges for words past a target.
enum RewardTemplate {
  static let files: [(path: String, text: String)] = [
    ("Sources/{{Module}}.swift", source), ("tests.jsonl", tests), ("recipe.yaml", recipe),
    ("responses.jsonl", responses), ("README.md", readme),
  ]

  static let nextSteps = [
    "crucible plugin build {{name}}",
    "crucible score {{name}} --in {{name}}/responses.jsonl",
    "crucible run {{name}}/recipe.yaml",
  ]

  private static let source = #"""
    import PluginAPI

    /// Charges for words past a target: score = penalty · min(0, target − words).
    struct {{Type}}: RewardModel {
      static let name = "{{name}}"
      static let summary = "Charges for words past a target."

      struct Options: PluginOptions {
        @Setting("Words that cost nothing.", in: 0...) var target = 12
        @Setting("Score lost for each word past them.", in: 0.0...) var penalty = 0.25
        @Setting("Count only words of at least this many letters.", in: 1...) var letters = 1
      }

      let options: Options

      /// Ranges are checked already; throw an `OptionError` for what they cannot say.
      init(_ options: Options) throws { self.options = options }

      /// One score per completion, in batch order; NaN for one that cannot be judged.
      func scores(_ batch: [Completion]) throws -> [Float] {
        batch.map { completion in
          let words = completion.response.split(whereSeparator: \.isWhitespace)
          let counted = words.filter { $0.count >= options.letters }.count
          return Float(options.penalty * Double(min(0, options.target - counted)))
        }
      }
    }

    @c(crucible_plugin_{{Module}})
    public func entry() -> UnsafeRawPointer {
      manifest("{{Module}}", version: "0.1.0", rewards: [{{Type}}.self])
    }

    """#

  private static let tests = #"""
    {"prompt": "Name a colour.", "response": "Blue.", "score": 0}
    {"prompt": "Name a colour.", "response": "I think that I would say blue.", "options": {"target": 5}, "score": -0.5}
    {"prompt": "Name a colour.", "response": "I think that I would say blue.", "options": {"target": 5, "letters": 4}, "score": 0}
    {"prompt": "Count.", "response": "one two three four", "options": {"target": 0, "penalty": 1}, "at_most": -4}
    {"prompt": "Say nothing.", "response": "", "options": {"target": 0}, "at_least": 0}

    """#

  private static let responses = #"""
    {"prompt": "What is the capital of France?", "response": "Paris."}
    {"prompt": "What is the capital of France?", "response": "The capital of France, as far as I know and unless something has changed, is the city of Paris."}
    {"prompt": "Name three colours.", "response": "Red, green and blue."}

    """#

  private static let recipe = #"""
    # Correct answers, and among equally correct ones short ones.
    version: 1
    name: {{name}}
    seed: 42
    target: {{examples}}/quickstart/models/target
    sources: [{{examples}}/quickstart/models/words, {{examples}}/quickstart/models/numbers]
    rewards:
      - {plugin: verifiable}
      - {plugin: {{name}}, target: 3, penalty: 0.01}
    data:
      train: {{examples}}/quickstart/data/train.jsonl
      heldout: {{examples}}/quickstart/data/heldout.jsonl
      limit: 40
      heldout_limit: 20
    sampling: {n: 2, temperature: 1.0, max_tokens: 24}
    train: {epochs: 1, batch_size: 16, learning_rate: 1.0e-4}
    fusion: {strategy: sft}

    """#

  private static let readme = #"""
    # {{name}}

    A reward: `penalty · min(0, target − words)`, so 0 is the best score. Alone it is solved by saying nothing; use it beside a
    reward for the content.

        rewards:
          - {plugin: verifiable}
          - {plugin: {{name}}, target: 3, penalty: 0.01}

    | option | default | |
    |---|---|---|
    | `target` | 12 | words that cost nothing |
    | `penalty` | 0.25 | score lost for each word past them |
    | `letters` | 1 | count only words of at least this many letters |

    `crucible plugin build {{name}}` builds and installs it, `crucible plugin test {{name}}` checks it against `tests.jsonl`,
    `crucible plugin info {{name}}` shows its options.

    """#
}
