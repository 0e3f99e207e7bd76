import PluginAPI

/// A language model as a judge whose verdict is read off its probabilities of `A` and `B`, asked
/// about both orders of the answers. Nothing has to be parsed, and small models that would not
/// write a verdict give one.
struct LogitsJudge: PairJudge {
  let handle: ModelHandle
  /// Log-probs that differ by no more, in nats, are equal.
  let tie: Double

  var name: String { handle.name }

  func verdicts(_ pairs: [AnswerPair], console: Console) throws -> [PairVerdict] {
    guard let model = try handle.open() as? any TrainableModel, !model.loaded.decoder.isClassifier
    else {
      throw Problem(
        .badConfiguration, at: handle.name, "this model gives answers, not probabilities",
        hint: "use --verdict text")
    }
    let questions = PairRubric(form: .letter).questions(pairs)
    let bar = ProgressBar("judging", total: questions.count, unit: "questions", console: console)
    var margins = [Double](repeating: .nan, count: questions.count)
    // Both orders of a pair begin alike: together they cost less than two passes.
    let fitting = Set(try handle.fitting(questions, console))
    for pair in pairs.indices {
      try Interruption.check()
      let both = [2 * pair, 2 * pair + 1].filter(fitting.contains)
      for (index, margin) in zip(both, try self.margins(model.loaded, both.map { questions[$0] })) {
        margins[index] = margin
      }
      bar.update(to: 2 * pair + 2)
    }
    bar.finish()
    return pairs.indices.map { index in
      let both = [margins[2 * index], margins[2 * index + 1]]
      var verdict = PairVerdict(orders: [read(both[0]), read(both[1])?.swapped])
      verdict.numbers = both
      return verdict
    }
  }

  private func read(_ margin: Double) -> PairPreference? {
    guard margin.isFinite else { return nil }
    return abs(margin) <= tie ? .tie : margin > 0 ? .one : .two
  }

  /// log p(A) − log p(B) as the next words, of each of `questions`.
  private func margins(_ model: LoadedModel, _ questions: [[Message]]) throws -> [Double] {
    let prompts = try questions.map { try model.chatPromptIDs(handle.fewShot + $0) }
    // Plain turns end in "Assistant:", which a space follows.
    let space = model.template == nil ? " " : ""
    let letters = try ["A", "B"].map { try model.textIDs(space + $0) }
    return model.decoder.answerLogProbs(prompts: prompts, answers: letters).map { $0[0] - $0[1] }
  }
}
