import PluginAPI

/// Two models' answers to one prompt.
struct AnswerPair: Sendable {
  var prompt: Prompt
  /// Which of the models' answers to the prompt, from 0.
  var sample: Int
  /// Of the model that is compared with (AlpacaEval's `output_1`).
  var one: Completion
  /// Of the model that is evaluated (`output_2`).
  var two: Completion

  /// Answers paired by prompt and sample. What only one of the models answered is left out.
  static func pairs(
    _ prompts: [Prompt], _ one: (handle: ModelHandle, answers: [[Generation]]),
    _ two: (handle: ModelHandle, answers: [[Generation]])
  ) -> [AnswerPair] {
    prompts.indices.flatMap { index in
      let prompt = [prompts[index]]
      let pairs = zip(
        one.handle.completions(prompt, [one.answers[index]]),
        two.handle.completions(prompt, [two.answers[index]]))
      return pairs.enumerated().map { sample, answers in
        AnswerPair(
          prompt: prompts[index], sample: sample, one: answers.0, two: answers.1)
      }
    }
  }
}

extension PairRubric {
  /// Two questions a pair: with its answers in their order, and with them swapped.
  func questions(_ pairs: [AnswerPair]) -> [[Message]] {
    pairs.flatMap { pair in
      [
        question(pair.prompt, a: pair.one.response, b: pair.two.response),
        question(pair.prompt, a: pair.two.response, b: pair.one.response),
      ]
    }
  }
}

/// What a judge says of a pair.
struct PairVerdict: Sendable {
  /// nil when the judge gave no verdict that could be read.
  var preference: PairPreference?
  /// By judges that see both orders: what each said, of the pair as it is; nil where unreadable.
  var orders: [PairPreference?] = []
  /// By judges that write: their replies, an order each.
  var replies: [String] = []
  /// By judges that score: of one and of two; in both orders of a judge of logits, log p(A) −
  /// log p(B).
  var numbers: [Double] = []

  /// Of both orders: a win only where they agree, else a tie; none where one cannot be read.
  init(orders: [PairPreference?]) {
    self.orders = orders
    let readable = orders.compactMap { $0 }
    guard let first = readable.first, readable.count == orders.count else { return }
    preference = readable.allSatisfy { $0 == first } ? first : .tie
  }

  init(preference: PairPreference?) { self.preference = preference }

  /// Whether the order changed nothing; nil where that is not known.
  var isConsistent: Bool? {
    guard orders.count == 2, let first = orders[0], let second = orders[1] else { return nil }
    return first == second
  }
}

/// Says which of two answers is better.
protocol PairJudge {
  /// As records name it.
  var name: String { get }
  /// A verdict a pair, in order.
  func verdicts(_ pairs: [AnswerPair], console: Console) throws -> [PairVerdict]
}
