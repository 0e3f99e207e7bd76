public import Formats

/// A prompt and the responses to it as text, ready to be tokenised.
public struct ConversationText: Sendable, Equatable {
  public var prompt: String
  public var responses: [String]

  public init(prompt: String, responses: [String]) {
    self.prompt = prompt
    self.responses = responses
  }

  /// Messages to text; the flag asks for a generation prompt.
  public typealias Renderer = ([Message], _ addGenerationPrompt: Bool) throws -> String

  /// See `RowFormat.Templating.joint`. Where the template of the whole conversation does not
  /// begin with that of the prompt (templates that rewrite earlier turns), the response is its
  /// own text behind the generation prompt.
  public static func joint(
    prompt: [Message], responses: [String], render: Renderer
  ) throws -> ConversationText {
    let whole = try responses.map { try render(prompt + [assistant($0)], false) }
    for addsGenerationPrompt in [true, false] {
      let start = Array(try render(prompt, addsGenerationPrompt).utf8)
      if whole.allSatisfy({ $0.utf8.starts(with: start) }) {
        return ConversationText(
          prompt: String(decoding: start, as: UTF8.self),
          responses: whole.map { String(decoding: $0.utf8.dropFirst(start.count), as: UTF8.self) })
      }
    }
    return ConversationText(prompt: try render(prompt, true), responses: responses)
  }

  /// See `RowFormat.Templating.separate`.
  /// - Parameters:
  ///   - templateSource: Templates that know system messages get an empty one where the prompt
  ///     has none.
  ///   - bos: Text of the BOS token, cut from the front of responses.
  public static func separate(
    prompt: [Message], responses: [String], templateSource: String, bos: String?, render: Renderer
  ) throws -> ConversationText {
    let knowsSystem = templateSource.contains("system") || templateSource.contains("<|im_start|>")
    let hasSystem = prompt.first?.role == "system"
    let turns =
      knowsSystem && !hasSystem ? [Message(role: "system", content: "")] + prompt : prompt
    return ConversationText(
      prompt: try render(turns, false),
      responses: try responses.map { response in
        let text = try render([assistant(response)], false)
        guard let bos, !bos.isEmpty, text.hasPrefix(bos) else { return text }
        return String(text.dropFirst(bos.count))
      })
  }

  private static func assistant(_ text: String) -> Message {
    Message(role: "assistant", content: text)
  }
}
