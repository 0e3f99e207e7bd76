import PluginAPI

/// The responses to a training prompt and what they scored.
struct Selection {
  let prompt: Prompt
  /// Model by model, sample by sample.
  var candidates: [ScoredResponse]
  /// What the recipe's rewards say of the candidates, where others pick.
  var grades: [Double]?

  /// The best, the first of equals; nil when none could be judged.
  var best: ScoredResponse? { ResponseChoice.best(candidates) }

  var completions: [Completion] {
    candidates.map {
      Completion(
        prompt: prompt, response: $0.text, tokenIDs: $0.tokenIDs, modelName: $0.modelName)
    }
  }

  /// A row of `selected.jsonl`.
  var json: JSON {
    [
      "id": .string(prompt.id), "prompt": .array(prompt.messages.map(\.json)),
      "response": best.map { .string($0.text) } ?? .null,
      "model": best.map { .string($0.modelName) } ?? .null,
      "score": Self.finite(best?.score ?? .nan),
      "candidates": .array(candidates.indices.map(candidate)),
    ]
  }

  private func candidate(_ index: Int) -> JSON {
    let candidate = candidates[index]
    var row: JSONObject = [
      "model": .string(candidate.modelName), "sample": .int(Int64(candidate.sample)),
      "response": .string(candidate.text), "score": Self.finite(candidate.score),
    ]
    if let grades { row["grade"] = Self.finite(grades[index]) }
    return .object(row)
  }

  /// The best against the worst, as TRL reads conversations; nil when they teach nothing.
  var preference: JSON? {
    guard let pair = ResponseChoice.extremes(candidates) else { return nil }
    func turn(_ text: String) -> JSON {
      .array([Message(role: "assistant", content: text).json])
    }
    return [
      "prompt": .array(prompt.messages.map(\.json)), "chosen": turn(pair.best.text),
      "rejected": turn(pair.worst.text),
    ]
  }

  private static func finite(_ value: Double) -> JSON { value.isFinite ? .number(value) : .null }
}
