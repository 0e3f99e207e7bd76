import PluginAPI

/// An answer to a prompt and what was said of it: a line of `outputs/heldout.jsonl` and of what
/// `crucible eval --records` writes.
struct AnswerRecord: Sendable {
  /// Where records of a run lie, inside its folder.
  static let fileName = "outputs/heldout.jsonl"

  /// Of the row of the results table that it counts in.
  var label: String
  var completion: Completion
  /// Which of the model's answers to this prompt, from 0.
  var sample: Int
  /// Weighted sum over the rewards; NaN where one of them could not judge.
  var score: Double
  /// Of each reward, by its label, in recipe order.
  var scores: [(name: String, score: Double)]

  /// The records of `answers`, flat in `judgements` as in `completions(_:_:)`.
  static func records(
    label: String, completions: [Completion], answers: [[Generation]], judgements: Judgements
  ) -> [AnswerRecord] {
    zip(completions, answers.flatMap(\.indices)).enumerated().map { index, pair in
      AnswerRecord(
        label: label, completion: pair.0, sample: pair.1, score: judgements.totals[index],
        scores: judgements.parts.map { ($0.name, $0.scores[index]) })
    }
  }

  var json: JSON {
    let prompt = completion.prompt
    return [
      "label": .string(label), "model": .string(completion.modelName), "id": .string(prompt.id),
      "skill": .string(prompt.group), "prompt": .array(prompt.messages.map(\.json)),
      "reference": prompt.reference.map { .string($0) } ?? .null,
      "response": .string(completion.response), "score": .finite(score),
      "scores": .object(JSONObject(scores.map { (key: $0.name, value: .finite($0.score)) })),
      "tokens": .int(Int64(completion.tokenIDs.count)), "sample": .int(Int64(sample)),
    ]
  }
}

extension AnswerRecord {
  /// As AlpacaEval's tools read a model's outputs.
  ///
  /// - Parameter dataset: Where the row has no `dataset` of its own.
  func alpacaOutput(dataset: String) -> JSON {
    let prompt = completion.prompt
    return [
      "dataset": .string(prompt.fields["dataset"]?.string ?? dataset),
      "instruction": .string(prompt.instruction), "output": .string(completion.response),
      "generator": .string(completion.modelName),
    ]
  }
}

extension Prompt {
  /// The group of the results table that it counts in.
  var group: String { skill ?? "all" }
}

extension JSON {
  /// A number; null for what is none.
  static func finite(_ value: Double) -> JSON { value.isFinite ? .number(value) : .null }
}
