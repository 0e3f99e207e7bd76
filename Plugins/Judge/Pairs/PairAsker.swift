import Foundation
import PluginAPI

/// What a judge says of a pair, asked in both orders.
struct JudgedPair: Sendable, Equatable {
  /// Probability that the first response of the pair is better, without the judge's position bias.
  var win: Double
  /// Probability of whichever was shown first, less a half: 0 for a judge whose verdict does not
  /// depend on the order.
  var bias: Double
  /// Whether both orders named the same winner.
  var isConsistent: Bool

  /// From the log-odds that the answer shown first is better: of the pair as it is, and turned.
  ///
  /// A bias adds the same to both, so half their difference is free of it: the first response wins
  /// with probability σ((straight − turned) / 2).
  init(straight: Double, turned: Double) {
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
    win = sigmoid((straight - turned) / 2)
    bias = (sigmoid(straight) + sigmoid(turned)) / 2 - 0.5
    isConsistent = straight > 0 && turned < 0 || straight < 0 && turned > 0
  }

  /// From written verdicts, in which the answer shown first is `one`.
  init(straight: PairPreference, turned: PairPreference) {
    win = (1 - straight.share + turned.share) / 2
    bias = (1 - straight.share + 1 - turned.share) / 2 - 0.5
    isConsistent = straight == turned.swapped
  }
}

/// Asks a judge about pairs of responses to one prompt.
struct PairAsker {
  let model: JudgingModel
  let rubric: String?

  func compare(
    _ pairs: [(one: String, two: String)], _ prompt: Prompt
  ) throws -> [Result<JudgedPair, Unanswered>] {
    if prompt.reference == nil, let rubric, rubric.contains("{reference}") {
      return pairs.map { _ in
        .failure(Unanswered(reason: "the rubric shows {reference} and the row has none"))
      }
    }
    switch try model.means() {
    case .logits(let loaded): return try logits(questions(pairs, prompt, .letter), loaded)
    case .written(let writer): return try written(questions(pairs, prompt, .written), writer)
    }
  }

  /// Two questions a pair: as it is, and turned.
  private func questions(
    _ pairs: [(one: String, two: String)], _ prompt: Prompt, _ form: PairRubric.Form
  ) -> [[Message]] {
    let rubric = PairRubric(form: form, text: rubric)
    return pairs.flatMap { pair in
      [
        rubric.question(prompt, a: pair.one, b: pair.two),
        rubric.question(prompt, a: pair.two, b: pair.one),
      ]
    }
  }

  private func logits(
    _ questions: [[Message]], _ loaded: LoadedModel
  ) throws -> [Result<JudgedPair, Unanswered>] {
    let letters = try SpelledAnswers([["A"], ["B"]], for: loaded)
    let odds = try model.probabilities(questions, of: letters, by: loaded).map { found in
      found.map { JudgedAnswer(yes: $0[0], no: $0[1]).logOdds }
    }
    return both(odds) { .success(JudgedPair(straight: $0, turned: $1)) }
  }

  private func written(
    _ questions: [[Message]], _ writer: any LanguageModel
  ) throws -> [Result<JudgedPair, Unanswered>] {
    let verdicts = try model.replies(questions, by: writer).map { reply in
      reply.flatMap { text -> Result<PairPreference, Unanswered> in
        PairRubric.verdict(in: text).map { .success($0) }
          ?? .failure(
            Unanswered(reason: "no verdict in the judge's reply \(quoted(text, limit: 120))"))
      }
    }
    return both(verdicts) { .success(JudgedPair(straight: $0, turned: $1)) }
  }

  /// Pairs of neighbours joined; a pair has no result where one of them has none.
  private func both<Value>(
    _ values: [Result<Value, Unanswered>],
    _ join: (Value, Value) -> Result<JudgedPair, Unanswered>
  ) -> [Result<JudgedPair, Unanswered>] {
    stride(from: 0, to: values.count - 1, by: 2).map { index in
      values[index].flatMap { straight in values[index + 1].flatMap { join(straight, $0) } }
    }
  }
}
