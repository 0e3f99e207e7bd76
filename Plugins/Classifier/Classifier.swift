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
    guard case .scores(let labels) = model.decoder.config.output, options.label < labels else {
      throw OptionError("label", options.label, "must be one of the checkpoint's labels, from 0")
    }
    label = options.label
    maxLength = min(options.maxLength, model.decoder.config.maximumLength)
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
    var scores = [Float](repeating: .nan, count: batch.count)
    var pass: [Int] = []
    var tokens = 0
    for (index, ids) in conversations.enumerated() where !ids.isEmpty {
      if !pass.isEmpty, tokens + ids.count > Self.tokensPerPass {
        score(pass, of: conversations, into: &scores)
        (pass, tokens) = ([], 0)
      }
      pass.append(index)
      tokens += ids.count
    }
    if !pass.isEmpty { score(pass, of: conversations, into: &scores) }
    return scores
  }

  /// Tokens of one forward pass: more does not make it faster, only larger.
  private static let tokensPerPass = 4096

  private func score(_ rows: [Int], of conversations: [[Int32]], into scores: inout [Float]) {
    let layout = SequenceLayout(lengths: rows.map { conversations[$0].count })
    let result = model.decoder.scores(ids: rows.flatMap { conversations[$0] }, layout: layout)
    let values = result.floats()
    for (place, row) in rows.enumerated() { scores[row] = values[place * result.width + label] }
  }
}

@c(crucible_plugin_Classifier)
public func entry() -> UnsafeRawPointer {
  manifest("Classifier", version: "1.0.0", rewards: [ClassifierReward.self])
}
