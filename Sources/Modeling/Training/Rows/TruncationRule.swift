/// What happens to a row whose prompt and longest response exceed `maxLength`.
public struct TruncationRule: Sendable, Equatable, Codable {
  /// Which end of the prompt stays.
  public enum PromptEnd: String, Sendable, Codable, CaseIterable {
    case keepEnd = "keep_end"
    case keepStart = "keep_start"
  }

  /// How much of a response stays when a shorter prompt is not enough.
  public enum ResponseCut: String, Sendable, Codable, CaseIterable {
    /// What is left beside its prompt: `maxLength` − prompt.
    case fit
    /// `maxLength` − `maxPromptLength`, however short the prompt: what TRL and the authors of
    /// WRPO do, 248 tokens with their settings.
    case fixed
  }

  /// Tokens of prompt and response together.
  public var maxLength: Int
  /// Tokens that a prompt keeps in a row that is too long.
  public var maxPromptLength: Int
  public var promptEnd: PromptEnd
  public var responseCut: ResponseCut

  public init(
    maxLength: Int = 2048, maxPromptLength: Int = 1800, promptEnd: PromptEnd = .keepEnd,
    responseCut: ResponseCut = .fit
  ) {
    self.maxLength = maxLength
    self.maxPromptLength = maxPromptLength
    self.promptEnd = promptEnd
    self.responseCut = responseCut
  }

  /// The lengths that `settings` ask for, as far as the model's context goes. A prompt limit that
  /// leaves no room for responses falls to seven eighths of the length, the share it has in the
  /// defaults.
  public init(
    _ settings: TrainingSettings, context: Int, promptEnd: PromptEnd, responseCut: ResponseCut
  ) {
    let length = min(settings.maxLength, context)
    self.init(
      maxLength: length,
      maxPromptLength: settings.maxPromptLength < length
        ? settings.maxPromptLength : max(1, length * 7 / 8),
      promptEnd: promptEnd, responseCut: responseCut)
  }

  /// Cuts the prompts and responses of one row. Every decision looks at the longest response,
  /// so that all responses of a row are treated alike.
  public func apply(to row: inout [PromptedResponse]) {
    let longest = row.map(\.response.count).max() ?? 0
    for index in row.indices where row[index].prompt.count + longest > maxLength {
      let prompt = row[index].prompt
      row[index].prompt = Array(
        promptEnd == .keepEnd ? prompt.suffix(maxPromptLength) : prompt.prefix(maxPromptLength))
    }
    for index in row.indices where row[index].prompt.count + longest > maxLength {
      let kept =
        switch responseCut {
        case .fit: maxLength - row[index].prompt.count
        case .fixed: maxLength - maxPromptLength
        }
      row[index].response = Array(row[index].response.prefix(max(0, kept)))
    }
  }
}

/// Token ids of a prompt and of one response to it.
public struct PromptedResponse: Sendable, Equatable {
  public var prompt: [Int32]
  public var response: [Int32]

  public init(prompt: [Int32], response: [Int32]) {
    self.prompt = prompt
    self.response = response
  }

  /// The ids one after another, labels -100 on the prompt.
  public var sequence: TrainingRow.Sequence {
    TrainingRow.Sequence(
      ids: prompt + response,
      labels: [Int32](repeating: -100, count: prompt.count) + response)
  }
}
