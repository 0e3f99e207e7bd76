import PluginAPI

/// `questions`: the judge answers the same yes/no questions about every response, and the score is
/// the weighted share of good answers, S = Σ w·[answer is good] / Σ w (with equal weights
/// #good / Q, as in reinforcement learning from AI feedback).
struct QuestionMethod: JudgingMethod {
  let scope: RewardScope
  let questions: [Question]
  private let text: QuestionText
  private let isSoft: Bool
  private let calibration: JudgeOptions.Calibration
  private let probe = ProbeMeans()
  private let tally: QuestionTally

  init(_ options: JudgeOptions) throws {
    guard let node = options.questions else {
      throw OptionError("questions", "none", "mode questions needs 'code' or a list of questions")
    }
    try options.checkRubric(shows: ["response", "question"])
    questions = try Question.list(node)
    text = QuestionText(rubric: options.rubric)
    isSoft = options.soft
    calibration = options.calibrate
    scope = calibration == .prompt ? .prompt : .response
    tally = QuestionTally(questions)
  }

  var identity: String {
    get throws {
      var probe = calibration.optionText
      if case .file(let path) = calibration { probe = try SHA256.hex(ofFile: path) }
      let asked = questions.map { "\($0.name)\t\($0.ask)\t\($0.isYesGood)\t\($0.weight)" }
      return "soft \(isSoft), calibrated \(probe), \(text.identity)\n"
        + asked.joined(separator: "\n")
    }
  }

  var statistics: JSON { tally.json }

  func judge(_ batch: [Completion], with model: JudgingModel) throws -> [RewardScore] {
    let answers: [Result<[JudgedAnswer], Unanswered>]
    switch try model.means() {
    case .logits(let loaded): answers = try logOdds(batch, model, loaded)
    case .written(let writer):
      guard calibration == .none else {
        throw Problem(
          .badConfiguration, at: model.handle.reference.place,
          "written answers are not calibrated, \(quoted(model.handle.name)) tells no probabilities",
          hint: "use calibrate: none, or a model with weights and read: logits")
      }
      answers = try written(batch, model, writer)
    }
    let means = try self.means(answers, batch, model)
    return zip(answers, means).map { answers, means in
      switch answers {
      case .failure(let unanswered): return RewardScore(failure: unanswered.reason)
      case .success(let answers):
        let calibrated = zip(answers, means).map { $0.shifted(by: $1) }
        tally.add(answers, calibrated: calibrated)
        return score(calibrated)
      }
    }
  }

  /// The score of one response from its answers, in the order of the questions.
  func score(_ answers: [JudgedAnswer]) -> RewardScore {
    let parts = zip(questions, answers).map { question, answer in
      (name: question.name, value: Float(answer.goodness(question, isSoft: isSoft)))
    }
    let total = questions.reduce(0) { $0 + $1.weight }
    let sum = zip(questions, parts).reduce(0) { $0 + $1.0.weight * Double($1.1.value) }
    return RewardScore(Float(sum / total), parts: parts)
  }

  // MARK: - Asking

  private func logOdds(
    _ batch: [Completion], _ model: JudgingModel, _ loaded: LoadedModel
  ) throws -> [Result<[JudgedAnswer], Unanswered>] {
    let spelled = try SpelledAnswers([["yes", "Yes", "YES"], ["no", "No", "NO"]], for: loaded)
    // One completion a call: its questions share its tokens, and what a row gets does not depend on
    // its neighbours.
    return try batch.map { completion in
      guard let asked = text.questions(questions, completion) else {
        return .failure(Unanswered(reason: QuestionText.noReference))
      }
      var answers: [JudgedAnswer] = []
      for found in try model.probabilities(asked, of: spelled, by: loaded) {
        switch found {
        case .failure(let unanswered): return .failure(unanswered)
        case .success(let both): answers.append(JudgedAnswer(yes: both[0], no: both[1]))
        }
      }
      return .success(answers)
    }
  }

  private func written(
    _ batch: [Completion], _ model: JudgingModel, _ writer: any LanguageModel
  ) throws -> [Result<[JudgedAnswer], Unanswered>] {
    let asked = batch.map { text.questions(questions, $0) }
    var replies = try model.replies(asked.compactMap { $0 }.flatMap { $0 }, by: writer)[...]
    return asked.map { asked in
      guard let asked else { return .failure(Unanswered(reason: QuestionText.noReference)) }
      let own = replies.prefix(asked.count)
      replies = replies.dropFirst(asked.count)
      // An answer that cannot be read counts as bad; a judge that answered nothing did not judge.
      let reasons = own.compactMap { reply -> Unanswered? in
        if case .failure(let reason) = reply { reason } else { nil }
      }
      if let first = reasons.first, reasons.count == own.count { return .failure(first) }
      return .success(
        own.map { JudgedAnswer(written: (try? $0.get()).flatMap(ReplyReader.yes(in:))) })
    }
  }

  // MARK: - Calibration

  /// For each completion the log-odds to take off each of its answers.
  private func means(
    _ answers: [Result<[JudgedAnswer], Unanswered>], _ batch: [Completion], _ model: JudgingModel
  ) throws -> [[Double]] {
    switch calibration {
    case .none: return batch.map { _ in questions.map { _ in 0 } }
    case .prompt:
      return batch.groupedByPrompt().flatMap { group in
        let means = mean(answers[group])
        return group.map { _ in means }
      }
    case .file(let path):
      let means = try probe.means(of: path) { rows in
        guard case .logits(let loaded) = try model.means() else { return questions.map { _ in 0 } }
        let answers = try logOdds(rows, model, loaded)
        guard answers.contains(where: { (try? $0.get()) != nil }) else {
          throw Problem(
            .badData, at: path, "the judge could answer none of its rows",
            hint: "its context may be too short for them")
        }
        return mean(answers[...])
      }
      return batch.map { _ in means }
    }
  }

  /// Mean log-odds of each question over the completions that were answered.
  private func mean(_ answers: ArraySlice<Result<[JudgedAnswer], Unanswered>>) -> [Double] {
    let rows = answers.compactMap { try? $0.get() }
    return questions.indices.map { question in
      rows.reduce(0) { $0 + $1[question].logOdds } / Double(max(1, rows.count))
    }
  }
}
