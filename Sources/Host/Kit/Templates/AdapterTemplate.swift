/// An adapter for a model of its own: a Markov chain of words, learnt from a text when it is opened.
enum AdapterTemplate {
  static let files: [(path: String, text: String)] = [
    ("Sources/{{Module}}.swift", adapter), ("Sources/WordChain.swift", model),
    ("tests.jsonl", tests), ("text.txt", text), ("prompts.jsonl", prompts),
    ("recipe.yaml", recipe), ("README.md", readme),
  ]

  static let nextSteps = [
    "crucible plugin build {{name}}",
    "crucible sample '{adapter: {{name}}, model: {{name}}/text.txt}' --prompts {{name}}/prompts.jsonl"
      + " --out answers.jsonl",
    "crucible run {{name}}/recipe.yaml",
  ]

  private static let adapter = #"""
    import PluginAPI

    /// Opens a text file as a language model that has learnt which word follows which.
    struct {{Type}}: ModelAdapter {
      static let name = "{{name}}"
      static let summary = "A Markov chain of words, learnt from a text file."

      struct Options: PluginOptions {
        @Setting("Words that the next one is guessed from.", in: 1...12) var order = 5
      }

      let options: Options

      init(_ options: Options) { self.options = options }

      /// Any text may be meant for another adapter: this one is used where it is named.
      static func canOpen(_ reference: ModelReference) -> Bool { false }

      func open(_ reference: ModelReference) throws -> any LanguageModel {
        guard !reference.location.isEmpty else {
          throw Problem(
            .badConfiguration, at: reference.place, "there is no text to learn from",
            expected: "{adapter: {{name}}, model: text.txt}")
        }
        return try WordChain(path: reference.location, order: options.order)
      }
    }

    @c(crucible_plugin_{{Module}})
    public func entry() -> UnsafeRawPointer {
      manifest("{{Module}}", version: "0.1.0", adapters: [{{Type}}.self])
    }

    """#

  private static let model = #"""
    import Foundation
    import PluginAPI

    /// A Markov chain over the words of a text, each line one passage: the next word is drawn from
    /// those that followed the longest known context, of `order` words or fewer.
    final class WordChain: LanguageModel {
      let identity: String
      private let order: Int
      /// Words in order of appearance; the first is the end of a passage.
      private let words: [String]
      private let ids: [String: Int]
      /// By context, how often each word followed.
      private let followers: [[Int]: [Int: Int]]

      init(path: String, order: Int) throws {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
          throw Problem(.missingInput, at: path, "cannot be read as text")
        }
        var words = [""]
        var ids = ["": 0]
        var followers: [[Int]: [Int: Int]] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
          var passage: [Int] = []
          for word in Self.split(String(line)) + [""] {
            let id = ids[word] ?? words.count
            if id == words.count { (ids[word], words) = (id, words + [word]) }
            for length in 0...min(order, passage.count) {
              followers[Array(passage.suffix(length)), default: [:]][id, default: 0] += 1
            }
            passage.append(id)
          }
        }
        guard words.count > 1 else { throw Problem(.badData, at: path, "holds no words") }
        (self.words, self.ids, self.followers, self.order) = (words, ids, followers, order)
        identity = "{{name}} \(try SHA256.hex(ofFile: path)) \(order)"
      }

      func generate(
        _ requests: [GenerationRequest], settings: SamplingSettings,
        progress: (_ finished: Int, _ tokens: Int) throws -> Void
      ) throws -> [[Generation]] {
        var (finished, tokens) = (0, 0)
        return try requests.map { request in
          try request.samples.map { sample in
            let answer = answer(request, sample: sample, settings)
            (finished, tokens) = (finished + 1, tokens + answer.tokenIDs.count)
            try progress(finished, tokens)
            return answer
          }
        }
      }

      /// One answer. Its random numbers depend on seed, conversation and sample alone, so that the
      /// same question gets the same answer whatever else is asked.
      private func answer(
        _ request: GenerationRequest, sample: Int, _ settings: SamplingSettings
      ) -> Generation {
        let key = SHA256.hex(of: request.messages.map { "\($0.role) \($0.content)" }.joined())
        let random = CounterRNG(seed: request.seed, stream: UInt64(key.prefix(16), radix: 16) ?? 0)
          .substream(UInt64(sample))
        // Words that the text does not have tell nothing; -1 is none of its words.
        var context = Self.split(request.messages.last?.content ?? "").map { ids[$0] ?? -1 }
        var answer: [Int] = []
        var logProb = 0.0
        var finish = Generation.FinishReason.length
        while answer.count < settings.maxTokens {
          let choices = candidates(after: context)
          let choice = choose(choices, settings, random.uniform(UInt64(answer.count)))
          logProb += log(choices[choice].probability)
          let id = choices[choice].id
          if id == 0 || ends(answer + [id], settings.stop) {
            finish = .stop
            break
          }
          answer.append(id)
          context.append(id)
        }
        let text = answer.map { words[$0] }.joined(separator: " ")
        return Generation(
          text: text, tokenIDs: answer.map { Int32(clamping: $0) }, finish: finish, logProb: logProb)
      }

      /// What may follow, the likeliest first, equals in order of appearance. Never empty: every word
      /// of the text follows no context at all.
      private func candidates(after context: [Int]) -> [(id: Int, probability: Double)] {
        for length in (0...min(order, context.count)).reversed() {
          guard let counts = followers[Array(context.suffix(length))] else { continue }
          let all = Double(counts.values.reduce(0, +))
          return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { (id: $0.key, probability: Double($0.value) / all) }
        }
        return [(id: 0, probability: 1)]
      }

      /// Draws as the settings say: temperature, then top-k, min-p and top-p.
      private func choose(
        _ choices: [(id: Int, probability: Double)], _ settings: SamplingSettings, _ uniform: Double
      ) -> Int {
        guard settings.temperature > 0, let best = choices.first?.probability else { return 0 }
        let kept = choices.prefix(settings.topK > 0 ? settings.topK : choices.count)
        var weights = kept.map { pow($0.probability / best, 1 / settings.temperature) }
        weights = weights.filter { $0 >= settings.minP }
        let all = weights.reduce(0, +)
        var sum = 0.0
        if let last = weights.firstIndex(where: { sum += $0; return sum >= settings.topP * all }) {
          weights = Array(weights[...last])
        }
        var left = uniform * weights.reduce(0, +)
        for (index, weight) in weights.enumerated() {
          left -= weight
          if left < 0 { return index }
        }
        return weights.count - 1
      }

      private func ends(_ answer: [Int], _ stop: [String]) -> Bool {
        let text = answer.map { words[$0] }.joined(separator: " ")
        return stop.contains { !$0.isEmpty && text.contains($0) }
      }

      private static func split(_ text: String) -> [String] {
        text.split(whereSeparator: \.isWhitespace).map(String.init)
      }
    }

    """#

  private static let text = #"""
    What is the capital of France? The capital of France is Paris.
    What is the capital of Italy? The capital of Italy is Rome.
    What is the capital of Spain? The capital of Spain is Madrid.
    What colour is the sky? The sky is blue on a clear day.
    What colour is the sky? The sky is grey when it rains.
    What colour is grass? Grass is green.

    """#

  private static let prompts = #"""
    {"prompt": "What is the capital of Italy?"}
    {"prompt": "What colour is the sky?"}

    """#

  private static let tests = #"""
    {"prompt": "What is the capital of France?", "model": "text.txt", "answer": "The capital of France is Paris."}
    {"prompt": "And what is the capital of Spain?", "model": "text.txt", "answer": "The capital of Spain is Madrid."}
    {"prompt": "What colour is the sky?", "model": "text.txt", "options": {"order": 3}, "contains": "The sky is blue"}

    """#

  private static let recipe = #"""
    # A model that has never been a neural network teaches one: fine-tuning on the chain's answers.
    version: 1
    name: {{name}}
    seed: 42
    target: {{examples}}/quickstart/models/target
    sources:
      - {adapter: {{name}}, model: text.txt, name: chain}
    data: {train: prompts.jsonl, heldout: prompts.jsonl}
    sampling: {n: 4, temperature: 1.0, max_tokens: 24}
    train: {epochs: 8, batch_size: 2, learning_rate: 1.0e-3}
    fusion: {strategy: sft, sft: {learning_rate: 1.0e-3}}
    evaluate: {n: 1, temperature: 0}

    """#

  private static let readme = #"""
    # {{name}}

    An adapter: opens a text file as a language model that continues a prompt word by word, as the text does. Each line of the
    text is a passage of its own. The same seed gives the same answers.

        sources:
          - {adapter: {{name}}, model: text.txt, order: 5}

    | option | default | |
    |---|---|---|
    | `order` | 5 | words that the next one is guessed from; falls back to fewer where they are not in the text |

    It answers and has no weights: a source for strategies that learn from responses (sft, dpo, wrpo), not for those that need
    distributions or parameters.

    `crucible plugin build {{name}}` builds and installs it, `crucible plugin test {{name}}` checks it against `tests.jsonl`.

    """#
}
