import PluginAPI

/// A language model as a judge that writes its verdict, asked about both orders of the answers.
struct WritingJudge: PairJudge {
  let handle: ModelHandle
  /// Longest reply, in tokens.
  let maxTokens: Int

  var name: String { handle.name }

  func verdicts(_ pairs: [AnswerPair], console: Console) throws -> [PairVerdict] {
    let questions = PairRubric(form: .written).questions(pairs)
    let fitting = try handle.fitting(questions, console)
    var replies = [String?](repeating: nil, count: questions.count)
    for (index, reply) in zip(fitting, try self.replies(fitting.map { questions[$0] }, console)) {
      replies[index] = reply
    }
    return pairs.indices.map { index in
      let both = [replies[2 * index], replies[2 * index + 1]]
      let read = both.map { $0.flatMap { PairRubric.verdict(in: $0) } }
      var verdict = PairVerdict(orders: [read[0], read[1]?.swapped])
      verdict.replies = both.map { $0 ?? "" }
      return verdict
    }
  }

  /// The greedy reply to each question; nil where the model has none.
  private func replies(_ questions: [[Message]], _ console: Console) throws -> [String?] {
    let bar = ProgressBar("judging", total: questions.count, unit: "replies", console: console)
    let requests = questions.map {
      GenerationRequest(messages: handle.fewShot + $0, samples: [0], seed: 0)
    }
    let settings = SamplingSettings(temperature: 0, maxTokens: maxTokens)
    let replies = try handle.open().generate(requests, settings: settings) { finished, tokens in
      try Interruption.check()
      bar.update(to: finished, note: "\(tokens) tokens")
    }
    bar.finish()
    return replies.map { $0.first?.text }
  }
}
