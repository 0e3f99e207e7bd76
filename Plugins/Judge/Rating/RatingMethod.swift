import PluginAPI

/// `pointwise`: the judge rates each response on a scale.
///
/// By probabilities the score is the mean of the scale under them, Σ v·p(v) / Σ p(v), which tells
/// apart responses that would all be written "7"; by words it is the written number.
struct RatingMethod: JudgingMethod {
  let scope = RewardScope.response
  private let scale: ClosedRange<Int>
  private let rubric: String?
  private let counts = RatingTally()

  init(_ options: JudgeOptions) throws {
    let ends = options.scale
    guard ends.count == 2, ends[0] < ends[1], ends[0] >= 0, ends[1] <= 100 else {
      throw OptionError("scale", ends, "must be two whole numbers, 0 ≤ lowest < highest ≤ 100")
    }
    try options.checkRubric(shows: ["response"])
    scale = ends[0]...ends[1]
    rubric = options.rubric
  }

  var identity: String { "\(scale) \(rubric ?? "ours, 1")" }
  var statistics: JSON { counts.json }

  func judge(_ batch: [Completion], with model: JudgingModel) throws -> [RewardScore] {
    let scores =
      switch try model.means() {
      case .logits(let loaded): try expected(batch, model, loaded)
      case .written(let writer): try written(batch, model, writer)
      }
    counts.add(scores)
    return scores
  }

  private func expected(
    _ batch: [Completion], _ model: JudgingModel, _ loaded: LoadedModel
  ) throws -> [RewardScore] {
    let answers = try SpelledAnswers(scale.map { ["\($0)"] }, for: loaded)
    // One completion a call: what a row gets does not depend on its neighbours.
    return try batch.map { completion in
      let question = question(completion, isWritten: false)
      guard let asked = question.messages else { return RewardScore(failure: question.missing) }
      switch try model.probabilities([asked], of: answers, by: loaded)[0] {
      case .failure(let unanswered): return RewardScore(failure: unanswered.reason)
      case .success(let probabilities): return score(probabilities)
      }
    }
  }

  func score(_ probabilities: [Double]) -> RewardScore {
    let mass = probabilities.reduce(0, +)
    guard mass > 0 else {
      return RewardScore(failure: "the judge gives no number of the scale any probability")
    }
    let mean = zip(scale, probabilities).reduce(0) { $0 + Double($1.0) * $1.1 } / mass
    return RewardScore(Float(mean), parts: [("mass", Float(mass))])
  }

  private func written(
    _ batch: [Completion], _ model: JudgingModel, _ writer: any LanguageModel
  ) throws -> [RewardScore] {
    let questions = batch.map { question($0, isWritten: true) }
    var replies = try model.replies(questions.compactMap(\.messages), by: writer)[...]
    return questions.map { question in
      guard question.messages != nil else { return RewardScore(failure: question.missing) }
      switch replies.popFirst() {
      case .success(let reply):
        return ReplyReader.rating(in: reply, scale: scale).map { RewardScore(Float($0)) }
          ?? RewardScore(failure: "no rating in the judge's reply \(quoted(reply, limit: 120))")
      case .failure(let unanswered): return RewardScore(failure: unanswered.reason)
      case nil: return RewardScore(failure: "the judge did not reply")
      }
    }
  }

  /// What the judge is asked of a completion; nil where the rubric shows what the row lacks.
  private func question(
    _ completion: Completion, isWritten: Bool
  ) -> (messages: [Message]?, missing: String) {
    let missing = "the rubric shows {reference} and the row has none"
    let prompt = completion.prompt
    if let rubric {
      if prompt.reference == nil, rubric.contains("{reference}") { return (nil, missing) }
      let text = JudgeText.filled(
        rubric,
        [
          "prompt": prompt.instruction, "response": completion.response,
          "reference": prompt.reference ?? "", "min": "\(scale.lowerBound)",
          "max": "\(scale.upperBound)",
        ])
      return ([Message(role: "user", content: text)], "")
    }
    let text = RatingRubric(scale: scale, isWritten: isWritten).text(completion)
    return ([Message(role: "user", content: text)], "")
  }
}
