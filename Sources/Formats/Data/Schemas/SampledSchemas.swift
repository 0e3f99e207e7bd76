/// Prompts with several answers and their scores.
extension DataSchema {
  /// SimPO's pipeline, later stages: all responses of a prompt, with their scores once judged.
  static let sampled = DataSchema(
    "sampled responses",
    #"{"prompt": "…", "all_generated_responses": ["…", …], "all_rm_scores"?: [0.5, …]}"#,
    recognises: { $0["all_generated_responses"] != nil }
  ) { reader in
    reader.prompt()
    guard let texts = reader.texts("all_generated_responses") else { return }
    let scores = reader.scores("all_rm_scores", count: texts.count)
    let models = reader.object["model_ids"]?.array?.map(\.string)
    reader.row.responses = texts.enumerated().map { index, text in
      ExampleRow.Response(
        text: text, score: scores?[index],
        model: models?.count == texts.count ? models?[index] : nil)
    }
    if reader.object["chosen"]?.array != nil, reader.object["rejected"]?.array != nil {
      let prompt = reader.row.prompt
      reader.readImplicitMessages()
      reader.row.prompt = prompt
    } else {
      reader.chooseByScore()
    }
  }

  /// SimPO's pipeline, first stage: one response of one seed.
  static let generated = DataSchema(
    "generated response", #"{"prompt": "…", "generated_text": "…"}"#,
    recognises: { $0["generated_text"] != nil }
  ) { reader in
    reader.prompt()
    guard let text = reader.text("generated_text") else { return }
    reader.row.chosen = text
    reader.row.responses = [ExampleRow.Response(text: text)]
  }

  /// TRL, stepwise supervision: every step of a solution is right or wrong.
  static let stepwise = DataSchema(
    "stepwise supervision", #"{"prompt": "…", "completions": ["…", …], "labels": [true, …]}"#,
    recognises: { $0["completions"]?.array != nil && $0["labels"] != nil }
  ) { reader in
    if let prompt = reader.text("prompt") { reader.plainPrompt(prompt) }
    guard let texts = reader.texts("completions"), let labels = reader.array("labels") else {
      return
    }
    guard labels.count == texts.count, labels.allSatisfy({ $0.bool != nil }) else {
      reader.fault("labels", "labels must be \(texts.count) times true or false")
      return
    }
    reader.row.responses = zip(texts, labels).map {
      ExampleRow.Response(text: $0, score: $1.bool == true ? 1 : 0)
    }
  }

  /// UltraFeedback as published: four models' answers with ratings of four aspects. A score is the
  /// mean of the ratings, as the binarized set has it; `overall_score` where there are none.
  static let rawUltraFeedback = DataSchema(
    "ultrafeedback",
    #"{"instruction": "…", "completions": [{"model", "response", "annotations": {…}}, …]}"#,
    recognises: { $0["instruction"] != nil && $0["completions"]?.array != nil }
  ) { reader in
    if let text = reader.text("instruction") {
      reader.row.prompt = [Message(role: "user", content: text)]
    }
    guard let completions = reader.array("completions") else { return }
    reader.row.responses = completions.enumerated().compactMap { index, completion in
      guard let text = completion["response"]?.string else {
        reader.fault("completions[\(index)].response", "completion without response")
        return nil
      }
      let ratings = ultraFeedbackRatings(completion["annotations"])
      let mean = ratings.isEmpty ? nil : ratings.reduce(0, +) / Double(ratings.count)
      return ExampleRow.Response(
        text: text, score: mean ?? completion["overall_score"]?.double,
        model: completion["model"]?.string)
    }
    reader.chooseByScore()
  }
}

/// The ratings that are numbers; some are "N/A".
private func ultraFeedbackRatings(_ annotations: JSON?) -> [Double] {
  let aspects = ["helpfulness", "honesty", "instruction_following", "truthfulness"]
  return aspects.compactMap { aspect in
    let rating = annotations?[aspect]?["Rating"]
    return rating?.double ?? rating?.string.flatMap(Double.init)
  }
}

extension RowReader {
  /// One score a response; nil when the key is absent.
  fileprivate mutating func scores(_ key: String, count: Int) -> [Double]? {
    guard object[key] != nil, let items = array(key) else { return nil }
    let scores = items.compactMap(\.double)
    guard items.count == count else {
      fault(key, "\(key) has \(items.count) scores for \(count) responses")
      return nil
    }
    guard scores.count == count else {
      fault(key, "\(key) must be an array of numbers")
      return nil
    }
    return scores
  }

  /// The best response against the worst, where scores tell them apart.
  fileprivate mutating func chooseByScore() {
    guard let best = row.best, let worst = row.worst, best != worst else { return }
    let (chosen, rejected) = (row.responses[best], row.responses[worst])
    (row.chosen, row.chosenScore) = (chosen.text, chosen.score)
    (row.rejected, row.rejectedScore) = (rejected.text, rejected.score)
  }
}
