/// A prompt with whatever its data row says about it.
public struct Prompt: Sendable {
  /// Unique within its file; the line number where the row has no `id`.
  public var id: String
  public var messages: [Message]
  /// Group of the results table; nil puts it under "all" only.
  public var skill: String?
  /// The right answer, where the row has one.
  public var reference: String?
  /// Everything else the row holds (`checks`, for one), untouched.
  public var fields: JSONObject
  /// `FILE:LINE` of the row, for messages.
  public var place: String

  public init(
    id: String, messages: [Message], skill: String? = nil, reference: String? = nil,
    fields: JSONObject = [:], place: String = ""
  ) {
    self.id = id
    self.messages = messages
    self.skill = skill
    self.reference = reference
    self.fields = fields
    self.place = place
  }
}

extension Prompt {
  /// Whether both are the same row of the same data.
  public func isSame(as other: Prompt) -> Bool {
    id == other.id && place == other.place && messages == other.messages
  }

  /// The prompt as one text: of a single user turn what it says, of others every turn with its
  /// role.
  public var instruction: String {
    if messages.count == 1, messages[0].role == "user" { return messages[0].content }
    return messages.map { "\($0.role): \($0.content)" }.joined(separator: "\n\n")
  }
}
