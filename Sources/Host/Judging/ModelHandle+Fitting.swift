import PluginAPI

extension ModelHandle {
  /// Which questions leave room for a word of an answer in the model's context; all of them where
  /// the model does not tell its tokens. Warns of the others, which get no verdict.
  func fitting(_ questions: [[Message]], _ console: Console) throws -> [Int] {
    guard let model = try open() as? any TrainableModel else { return Array(questions.indices) }
    let limit = model.loaded.decoder.config.maximumLength - Self.roomForVerdict
    let fitting = try questions.indices.filter {
      try model.loaded.chatPromptIDs(fewShot + questions[$0]).count <= limit
    }
    if fitting.count < questions.count {
      console.warn(
        "\(questions.count - fitting.count) of \(questions.count) questions do not fit into the "
          + "\(limit + Self.roomForVerdict) tokens of \(name)'s context")
    }
    return fitting
  }

  private static let roomForVerdict = 8
}
