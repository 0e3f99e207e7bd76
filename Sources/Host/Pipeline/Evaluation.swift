import PluginAPI

/// Answers held-out prompts and averages their scores per skill.
struct Evaluation {
  let prompts: [Prompt]
  let samples: Int
  let settings: SamplingSettings
  let seed: UInt64
  let responses: ResponseService
  let scores: ScoreService

  func row(_ handle: ModelHandle, label: String) throws -> ResultsTable.Row {
    let answers = try responses.responses(
      of: handle, to: prompts, n: samples, settings: settings, seed: seed)
    let completions = zip(prompts, answers).flatMap { prompt, answers in
      answers.map {
        Completion(
          prompt: prompt, response: $0.text, tokenIDs: $0.tokenIDs, modelName: handle.name)
      }
    }
    let judged = try scores.scores(completions, what: "held-out answers of \(handle.name)")
    return ResultsTable.Row(label: label, completions: completions, scores: judged)
  }
}

extension ResultsTable.Row {
  /// Averages of what could be judged; an answer that could not counts nowhere.
  init(label: String, completions: [Completion], scores: [Double]) {
    self.init(
      label: label,
      scores: zip(completions, scores).filter { $1.isFinite }.map { completion, score in
        (skill: completion.prompt.skill ?? "all", score: score)
      })
  }
}
