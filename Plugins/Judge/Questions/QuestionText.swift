import PluginAPI

/// How yes/no questions are put. The question stands at the end, so that all questions about a
/// response begin with the same tokens.
struct QuestionText: Sendable {
  /// The user's text with {prompt} {response} {question} and maybe {reference}; nil takes ours.
  let rubric: String?

  static let noReference = "the rubric shows {reference} and the row has none"

  var identity: String { rubric ?? "text 1" }

  /// A conversation a question; nil where the rubric shows what the row lacks.
  func questions(_ questions: [Question], _ completion: Completion) -> [[Message]]? {
    let prompt = completion.prompt
    if let rubric, rubric.contains("{reference}"), prompt.reference == nil { return nil }
    return questions.map { question in
      [Message(role: "user", content: text(question, completion))]
    }
  }

  private func text(_ question: Question, _ completion: Completion) -> String {
    let prompt = completion.prompt
    if let rubric {
      return JudgeText.filled(
        rubric,
        [
          "prompt": prompt.instruction, "response": completion.response,
          "reference": prompt.reference ?? "", "question": question.ask,
        ])
    }
    return [
      JudgeText.section("Request", prompt.instruction),
      JudgeText.section("Answer", completion.response),
      "\(question.ask) Reply with one word, yes or no.",
    ].joined(separator: "\n\n")
  }
}
