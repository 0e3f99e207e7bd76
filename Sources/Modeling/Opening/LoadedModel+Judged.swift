public import Formats

/// A prompt and a response to it as a reward model reads them.
public struct JudgedConversation: Sendable, Equatable {
  public var ids: [Int32]
  /// Place of the prompt's last token in `ids`: where gates read. nil when it was not asked for or
  /// has been cut off.
  public var promptEnd: Int?
  /// Tokens cut from the start.
  public var droppedTokens: Int

  public init(ids: [Int32], promptEnd: Int? = nil, droppedTokens: Int = 0) {
    self.ids = ids
    self.promptEnd = promptEnd
    self.droppedTokens = droppedTokens
  }
}

extension LoadedModel {
  /// Prompt and response in the model's template, nothing behind the response but what the template
  /// writes there. Training and scoring of reward models both read this, so that they agree on the
  /// token at which the score is taken.
  ///
  /// - Parameters:
  ///   - maxLength: Longer conversations lose their start, so that the response stays.
  ///   - findsPromptEnd: Tokenises the prompt once more. Its last token is that of the template
  ///     without a generation prompt (`<|eot_id|>` of Llama 3), as far as both agree.
  /// - Throws: As `chatIDs`.
  public func judged(
    prompt: [Message], response: String, maxLength: Int, findsPromptEnd: Bool = false
  ) throws -> JudgedConversation {
    let turns = prompt + [Message(role: "assistant", content: response)]
    let ids = try chatIDs(turns, addGenerationPrompt: false)
    let dropped = max(0, ids.count - maxLength)
    var end: Int?
    if findsPromptEnd {
      let alone = try chatIDs(prompt, addGenerationPrompt: false)
      let place = zip(alone, ids).prefix { $0 == $1 }.count - 1 - dropped
      end = place >= 0 ? place : nil
    }
    return JudgedConversation(
      ids: Array(ids.dropFirst(dropped)), promptEnd: end, droppedTokens: dropped)
  }
}
