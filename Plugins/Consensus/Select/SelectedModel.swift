import PluginAPI

/// Answers with the best of what several models say, by a panel of rewards.
///
/// Sample k of a prompt is the best of the samples k·n ..< (k+1)·n of every model, drawn with the
/// caller's seed: the same whoever asks. Rewards see the prompt's turns only, as nobody knows its
/// right answer here.
final class SelectedModel: LanguageModel {
  private let models: [ModelHandle]
  private let panel: Panel
  private let count: Int
  private let temperature: Double?
  private let topP: Double?
  let identity: String

  init(
    models: [ModelHandle], panel: Panel, count: Int, temperature: Double?, topP: Double?
  ) throws {
    self.models = models
    self.panel = panel
    self.count = count
    self.temperature = temperature
    self.topP = topP
    var parts = ["select", "\(count)", "\(temperature ?? -1)", "\(topP ?? -1)"]
    for model in models {
      parts += [try model.open().identity, "\(model.fewShot.map { [$0.role, $0.content] })"]
    }
    for reward in panel.rewards { parts += ["\(reward.weight)", try reward.identity] }
    identity = SHA256.hex(of: parts.joined(separator: "\n"))
  }

  func generate(
    _ requests: [GenerationRequest], settings: SamplingSettings,
    progress: (_ finished: Int, _ tokens: Int) throws -> Void
  ) throws -> [[Generation]] {
    var settings = settings
    settings.temperature = temperature ?? settings.temperature
    settings.topP = topP ?? settings.topP
    // Greedy samples are all alike.
    let drawn = settings.temperature == 0 ? 1 : count
    let slots = requests.enumerated().flatMap { request, asked in
      asked.samples.indices.map { Slot(request: request, place: $0) }
    }
    var candidates = [[Candidate]](repeating: [], count: slots.count)
    try ask(requests, drawn, settings, progress) { model, answers in
      for (index, slot) in slots.enumerated() {
        let own = answers[slot.request].dropFirst(slot.place * drawn).prefix(drawn)
        candidates[index] += own.map { Candidate(model: model, generation: $0) }
      }
    }
    let picks = try picks(candidates, slots, requests) { try progress(0, 0) }
    var results = [[Generation]](repeating: [], count: requests.count)
    for (slot, pick) in zip(slots, picks) {
      if let pick { results[slot.request].append(pick.generation) }
    }
    return results
  }

  private struct Slot {
    var request: Int
    /// Which of the request's samples.
    var place: Int
  }

  private struct Candidate {
    var model: String
    var generation: Generation
  }

  /// Calls `take` with every model's answers, model by model.
  private func ask(
    _ requests: [GenerationRequest], _ drawn: Int, _ settings: SamplingSettings,
    _ progress: (Int, Int) throws -> Void, take: (String, [[Generation]]) -> Void
  ) throws {
    let wanted = requests.reduce(0) { $0 + $1.samples.count } * drawn
    var (finished, tokens) = (0, 0)
    for model in models {
      let own = requests.map { request in
        GenerationRequest(
          messages: model.fewShot + request.messages,
          samples: request.samples.flatMap { Array($0 * drawn..<($0 + 1) * drawn) },
          seed: request.seed)
      }
      var used = 0
      let answers = try model.open().generate(own, settings: settings) { done, count in
        used = count
        try progress((finished + done) / (drawn * models.count), tokens + count)
      }
      finished += wanted
      tokens += used
      take(model.name, answers)
    }
  }

  /// The best candidate of each slot; of candidates that nobody could judge the first. Throws when
  /// none of any slot could be judged.
  private func picks(
    _ candidates: [[Candidate]], _ slots: [Slot], _ requests: [GenerationRequest],
    check: () throws -> Void
  ) throws -> [Candidate?] {
    let completions = zip(slots, candidates).enumerated().flatMap { index, pair in
      let prompt = Prompt(id: "\(index)", messages: requests[pair.0.request].messages)
      return pair.1.map {
        Completion(
          prompt: prompt, response: $0.generation.text, tokenIDs: $0.generation.tokenIDs,
          modelName: $0.model)
      }
    }
    let (scores, failure) = try panel.scores(completions, check: check)
    guard completions.isEmpty || scores.contains(where: \.isFinite) else {
      throw Problem(
        .failed,
        "none of \(scores.count) responses could be judged"
          + (failure.map { " (\($0))" } ?? ""),
        expected: "rewards that need no right answer, such as consensus or a classifier",
        hint: "name others in 'rewards'")
    }
    var next = 0
    return candidates.map { own in
      defer { next += own.count }
      return own.isEmpty ? nil : own[Panel.best(scores[next..<next + own.count]) ?? 0]
    }
  }
}
