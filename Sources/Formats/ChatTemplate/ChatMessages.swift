internal import Kernels

/// What happens to messages before a template sees them and to the text afterwards, as in
/// transformers' `apply_chat_template`.
struct ChatMessages {
  private(set) var messages: [JSON]
  private let name: String
  /// The text of the last message, when the rendered text is to end inside it.
  private var finalText: String?

  /// Stands behind the text that is to be continued; the space shows whether a template trims.
  private static let marker = "CONTINUE_FINAL_MESSAGE_TAG "

  /// Drops null entries of each message and fills in the names that reasoning goes by.
  init(_ messages: [JSON], name: String) throws {
    guard !messages.isEmpty else {
      throw Problem(.badData, at: name, "no messages", expected: "at least one message")
    }
    self.name = name
    self.messages = try messages.enumerated().map { index, message in
      guard case .object(let object) = message else {
        throw Problem(.badData, at: "\(name): messages[\(index)]", "not an object")
      }
      return .object(Self.prepared(object))
    }
  }

  private static func prepared(_ message: JSONObject) -> JSONObject {
    var result = JSONObject()
    for (key, value) in message.entries where value != .null { result[key] = value }
    let reasoning = ["reasoning_content", "thinking", "reasoning"].lazy.compactMap { result[$0] }
    if let text = reasoning.first {
      if result["reasoning_content"] == nil { result["reasoning_content"] = text }
      if result["thinking"] == nil { result["thinking"] = text }
    }
    return result
  }

  /// Puts the marker behind the last message's text.
  mutating func markFinal() throws {
    let last = messages.count - 1
    guard case .object(var message) = messages[last] else { return }
    switch message["content"] {
    case .string(let text)?:
      message["content"] = .string(text + Self.marker)
      finalText = text
    case .array(var parts)?:
      guard let index = parts.lastIndex(where: { $0["text"]?.string != nil }),
        case .object(var part) = parts[index], let text = part["text"]?.string
      else { throw nothingToContinue() }
      part["text"] = .string(text + Self.marker)
      parts[index] = .object(part)
      message["content"] = .array(parts)
      finalText = text
    default: throw nothingToContinue()
    }
    messages[last] = .object(message)
  }

  private func nothingToContinue() -> Problem {
    Problem(
      .badData, at: "\(name): messages[\(messages.count - 1)]",
      "continue_final_message is set, but the final message has no text to continue")
  }

  /// The text up to the marker. Where the template trimmed the message, the cut text is trimmed.
  func cut(_ chat: RenderedChat) throws -> RenderedChat {
    guard let finalText else { return chat }
    let text = PythonText(chat.text)
    let marker = PythonText(Self.marker)
    guard text.contains(PythonText(finalText).stripped()),
      let place = text.lastIndex(of: marker.stripped())
    else {
      throw Problem(
        .badData, at: name,
        "continue_final_message is set, but the final message does not appear in the rendered "
          + "text: the template deletes or changes it")
    }
    var head = PythonText(text.bytes[..<place])
    if !text.bytes[place...].starts(with: marker.bytes) {
      head = head.stripped(left: false)
    }
    return RenderedChat(text: head.string, assistantSpans: chat.assistantSpans)
  }
}
