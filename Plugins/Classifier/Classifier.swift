import PluginAPI
import Synchronization

/// Any sequence-classification checkpoint as a reward: what its head says of the conversation of
/// prompt and response.
final class ClassifierReward: ExplainingReward {
  static let name = "classifier"
  static let summary = "A sequence-classification or gated reward checkpoint scores conversations."

  struct Options: PluginOptions {
    @Setting("Hugging Face directory of the checkpoint.") var model: FilePath?
    @Setting("Which of several labels is the score: its place, or its name in id2label.")
    var label: LabelName?
    @Setting("Score = weighted sum of labels: a number for each, or {label: weight}.")
    var weights: LabelWeights?
    @Setting("What is done to the head's outputs before a label is chosen.")
    var function = HeadFunction.none
    @Setting("Longest conversation, in tokens; the start of longer ones is cut.", in: 1...)
    var maxLength = 2048
  }

  private let path: String
  private let head: CheckpointHead
  private let choice: ScoreChoice
  private let maxLength: Int
  /// The weights, opened when the first score is asked for.
  private let opened = Mutex<LoadedModel?>(nil)

  /// Reads the checkpoint's config only.
  init(_ options: Options) throws {
    guard let path = options.model?.path else {
      throw OptionError("model", "none", "a checkpoint directory is needed")
    }
    self.path = path
    head = try CheckpointHead(path)
    choice = try ScoreChoice(options, of: head)
    maxLength = min(options.maxLength, head.config.maximumLength)
  }

  var identity: String { get throws { try model().identity } }

  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let model = try model()
    let conversations = batch.map { conversation($0, model) }
    var scores = conversations.map { RewardScore(failure: $0.failure ?? "the text has no tokens") }
    let rows = conversations.indices.filter { conversations[$0].judged?.ids.isEmpty == false }
    let lengths = rows.map { conversations[$0].judged?.ids.count ?? 0 }
    for pass in SequenceLayout.passes(lengths: lengths) {
      let judged = pass.compactMap { conversations[rows[$0]].judged }
      for (place, score) in zip(pass, self.scores(of: judged, by: model)) {
        scores[rows[place]] = score
      }
    }
    return scores
  }

  /// One forward pass.
  private func scores(of judged: [JudgedConversation], by model: LoadedModel) -> [RewardScore] {
    let layout = SequenceLayout(lengths: judged.map(\.ids.count))
    let ids = judged.flatMap(\.ids)
    guard head.isGated else {
      return choice.scores(model.decoder.scores(ids: ids, layout: layout), labels: head.labels)
    }
    let result = model.decoder.gatedScores(
      ids: ids, layout: layout, gatePlaces: judged.map { $0.promptEnd ?? 0 })
    return choice.scores(result, labels: head.labels)
  }

  /// A completion as the checkpoint reads it, or why it cannot.
  private func conversation(
    _ completion: Completion, _ model: LoadedModel
  ) -> (judged: JudgedConversation?, failure: String?) {
    do {
      let judged = try model.judged(
        prompt: completion.prompt.messages, response: completion.response, maxLength: maxLength,
        findsPromptEnd: head.isGated)
      if head.isGated, judged.promptEnd == nil {
        return (nil, "the end of the prompt, where the gate reads, is cut off by max_length")
      }
      return (judged, nil)
    } catch {
      return (nil, "\(error)")
    }
  }

  private func model() throws -> LoadedModel {
    try opened.withLock { model in
      if let model { return model }
      let fresh = try LoadedModel.open(path)
      model = fresh
      return fresh
    }
  }
}

@c(crucible_plugin_Classifier)
public func entry() -> UnsafeRawPointer {
  manifest("Classifier", version: "1.1.0", rewards: [ClassifierReward.self])
}
