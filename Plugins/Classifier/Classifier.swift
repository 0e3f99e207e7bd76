import PluginAPI

/// Any sequence-classification checkpoint as a reward: the score of one label for the
/// conversation of prompt and response.
final class ClassifierReward: RewardModel {
  static let name = "classifier"
  static let summary = "A sequence-classification checkpoint scores the conversation."

  struct Options: PluginOptions {
    @Setting("Hugging Face directory of the checkpoint.") var model: FilePath?
    @Setting("Which of its labels is the score.", in: 0...) var label = 0
    @Setting("Longest conversation, in tokens; the start of longer ones is cut.", in: 1...)
    var maxLength = 2048
  }

  private let model: LoadedModel
  private let label: Int
  private let maxLength: Int

  init(_ options: Options) throws {
    guard let path = options.model?.path else {
      throw OptionError("model", "none", "a checkpoint directory is needed")
    }
    model = try LoadedModel.open(path)
    guard model.decoder.isClassifier else {
      throw OptionError("model", path, "must be a sequence-classification checkpoint")
    }
    label = options.label
    maxLength = options.maxLength
  }

  var identity: String { get throws { model.identity } }

  func scores(_ batch: [Completion]) throws -> [Float] {
    let conversations = try batch.map { completion in
      let turns =
        completion.prompt.messages + [
          Message(role: "assistant", content: completion.response)
        ]
      return Array(try model.chatIDs(turns, addGenerationPrompt: false).suffix(maxLength))
    }
    let layout = SequenceLayout(lengths: conversations.map(\.count))
    let scores = model.decoder.scores(ids: conversations.flatMap { $0 }, layout: layout)
    guard label < scores.width else {
      throw Problem(
        .badConfiguration, "reward 'classifier': label \(label) does not exist",
        expected: "below \(scores.width), the labels of the checkpoint")
    }
    let values = scores.floats()
    return batch.indices.map { values[$0 * scores.width + label] }
  }
}

@c(crucible_plugin_Classifier)
public func entry() -> UnsafeRawPointer {
  manifest("Classifier", version: "1.0.0", rewards: [ClassifierReward.self])
}
