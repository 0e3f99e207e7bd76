/// One turn of a conversation.
public struct Message: Sendable, Equatable {
  /// `system`, `user`, `assistant`, `tool`, or what a template knows.
  public var role: String
  public var content: String

  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }

  /// `{"role", "content"}`.
  public var json: JSON { ["role": .string(role), "content": .string(content)] }
}
