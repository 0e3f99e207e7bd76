import PluginAPI

/// The judge: asked in words, it answers in words or tells how probable each answer is.
struct JudgingModel: Sendable {
  let handle: ModelHandle
  /// nil: probabilities where the model tells them.
  let reading: JudgeOptions.Reading?
  /// Longest written reply.
  let maxTokens: Int

  /// How this model is read.
  enum Means {
    case logits(LoadedModel)
    case written(any LanguageModel)
  }

  /// Opens the model where it is not open yet.
  /// - Throws: What its adapter throws, and `Problem` for classifiers and for models without
  ///   probabilities that are to be read by them.
  func means() throws -> Means {
    let model = try handle.open()
    guard let loaded = (model as? any TrainableModel)?.loaded else {
      if reading == .logits {
        throw Problem(
          .badConfiguration, at: handle.reference.place,
          "\(quoted(handle.name)) gives answers, not probabilities", hint: "use read: written")
      }
      return .written(model)
    }
    guard !loaded.decoder.isClassifier else {
      throw Problem(
        .badConfiguration, at: handle.reference.place,
        "\(quoted(handle.name)) is a classifier and answers nothing",
        hint: "use {plugin: classifier, model: …}")
    }
    return reading == .written ? .written(loaded) : .logits(loaded)
  }

  /// Tokens of a question as the model sees it, or why it is too long.
  func ids(
    _ question: [Message], of model: LoadedModel, reserve: Int
  ) throws -> Result<[Int32], Unanswered> {
    let ids = try model.chatPromptIDs(handle.fewShot + question)
    let limit = model.decoder.config.maximumLength
    // A subtraction on the right cannot overflow, a sum on the left could.
    guard ids.count <= limit - reserve else {
      return .failure(
        Unanswered(
          reason: "the judge's question has \(ids.count) tokens and needs \(reserve) for the "
            + "answer, \(quoted(handle.name)) holds \(limit)"))
    }
    return .success(ids)
  }

  /// The greedy reply to each question, or why there is none.
  func replies(
    _ questions: [[Message]], by model: any LanguageModel
  ) throws -> [Result<String, Unanswered>] {
    var results = [Result<String, Unanswered>](
      repeating: .failure(Unanswered(reason: "\(quoted(handle.name)) has no reply to it")),
      count: questions.count)
    var asked: [Int] = []
    for (index, question) in questions.enumerated() {
      if let loaded = (model as? any TrainableModel)?.loaded,
        case .failure(let reason) = try ids(question, of: loaded, reserve: maxTokens)
      {
        results[index] = .failure(reason)
      } else {
        asked.append(index)
      }
    }
    let requests = asked.map {
      GenerationRequest(messages: handle.fewShot + questions[$0], samples: [0], seed: 0)
    }
    let settings = SamplingSettings(temperature: 0, maxTokens: maxTokens)
    let answers = try model.generate(requests, settings: settings) { _, _ in }
    for (index, answer) in zip(asked, answers) {
      if let first = answer.first { results[index] = .success(first.text) }
    }
    return results
  }

  /// Probabilities of the answers to questions that begin alike, or why there are none.
  func probabilities(
    _ questions: [[Message]], of answers: SpelledAnswers, by model: LoadedModel
  ) throws -> [Result<[Double], Unanswered>] {
    let prompts = try questions.map {
      try ids($0, of: model, reserve: answers.longestForm)
    }
    let fitting = prompts.compactMap { try? $0.get() }
    var rows = model.decoder.answerLogProbs(prompts: fitting, answers: answers.forms)[...]
    return prompts.map { prompt in
      if case .failure(let reason) = prompt { return .failure(reason) }
      guard let row = rows.popFirst(), row.allSatisfy(\.isFinite) else {
        return .failure(
          Unanswered(reason: "\(quoted(handle.name)) computed probabilities that are no numbers"))
      }
      return .success(answers.probabilities(row))
    }
  }
}

/// Why a question has no answer, in one line.
struct Unanswered: Error, Equatable {
  var reason: String
}
