/// How prompts and responses become token ids.
public struct RowFormat: Sendable, Equatable, Codable {
  /// How the text of a response is found.
  public enum Templating: String, Sendable, Codable, CaseIterable {
    /// The template of prompt and response together minus the template of the prompt with its
    /// generation prompt: exactly what the model reads and writes when it answers. Safe with
    /// templates that insert a system prompt or demand alternating roles.
    case joint
    /// Prompt without generation prompt, the response templated alone as one assistant message, a
    /// leading BOS cut off: what the authors of WRPO do. The assistant's header is then part of
    /// the response, and a system prompt that the template inserts comes twice.
    case separate
  }

  public var templating: Templating
  public var endToken: RowTokenizer.EndToken
  public var truncation: TruncationRule
  /// Put one more BOS in front where the tokenizer adds one by itself, as pipelines do that
  /// tokenise templated text with special tokens.
  public var doublesBOS: Bool

  public init(
    templating: Templating = .joint, endToken: RowTokenizer.EndToken = .ifMissing,
    truncation: TruncationRule = TruncationRule(), doublesBOS: Bool = false
  ) {
    self.templating = templating
    self.endToken = endToken
    self.truncation = truncation
    self.doublesBOS = doublesBOS
  }
}
