/// One row of a data file in normal form, whatever schema it was written in.
public struct ExampleRow: Sendable, Equatable {
  /// The row's `id` or `prompt_id`; its line number where it has neither.
  public var id: String
  /// Line of the file the row starts at, from 1.
  public var line: Int
  /// What comes before the answer; a prompt given as text is one user message.
  public var prompt: [Message] = []
  /// The prompt as text when prompt and responses are to be used as they stand, without a chat
  /// template; nil for conversations.
  public var promptText: String?
  /// The best answers of a source model and of the target (WRPO's two chosen responses).
  public var sourceChosen: String?
  public var targetChosen: String?
  /// The preferred answer; in WRPO data the target's. In data without preferences, the answer.
  public var chosen: String?
  public var rejected: String?
  /// The answers as turns, where the file gives them so; nearly always one assistant turn.
  public var chosenMessages: [Message] = []
  public var rejectedMessages: [Message] = []
  public var chosenScore: Double?
  public var rejectedScore: Double?
  /// Several answers to the prompt, in file order.
  public var responses: [Response] = []
  /// The right answer for checking, where the row has one (of GSM8K the number behind `####`).
  public var reference: String?
  /// Ids and labels, where the file holds rows that are tokenised already.
  public var tokens: TokenisedRow?
  /// Every key the schema does not use, untouched.
  public var fields: JSONObject = JSONObject()

  public init(id: String, line: Int) {
    self.id = id
    self.line = line
  }

  /// One answer among several.
  public struct Response: Sendable, Equatable {
    public var text: String
    /// Nil when nothing judged it.
    public var score: Double?
    public var model: String?

    public init(text: String, score: Double? = nil, model: String? = nil) {
      self.text = text
      self.score = score
      self.model = model
    }
  }

  /// The whole conversation: prompt and chosen answer.
  public var messages: [Message] {
    if !chosenMessages.isEmpty { return prompt + chosenMessages }
    return prompt + (chosen.map { [Message(role: "assistant", content: $0)] } ?? [])
  }

  /// Place of the response with the highest score, the first of equals; nil without scores.
  public var best: Int? { extreme { $0 > $1 } }
  /// Place of the response with the lowest score, the first of equals.
  public var worst: Int? { extreme { $0 < $1 } }

  private func extreme(_ precedes: (Double, Double) -> Bool) -> Int? {
    var found: (index: Int, score: Double)?
    for (index, response) in responses.enumerated() {
      guard let score = response.score else { continue }
      if let best = found, !precedes(score, best.score) { continue }
      found = (index, score)
    }
    return found?.index
  }
}

/// Ids and labels of the responses to one prompt, each with the prompt in front.
public struct TokenisedRow: Sendable, Equatable {
  public struct Sequence: Sendable, Equatable {
    public var ids: [Int32]
    /// As long as `ids`; -100 where a token does not count.
    public var labels: [Int32]

    public init(ids: [Int32], labels: [Int32]) {
      self.ids = ids
      self.labels = labels
    }
  }

  /// WRPO's source response.
  public var source: Sequence?
  /// WRPO's target response; of plain preferences the chosen one, of plain examples the only one.
  public var chosen: Sequence
  public var rejected: Sequence?

  public init(source: Sequence? = nil, chosen: Sequence, rejected: Sequence? = nil) {
    self.source = source
    self.chosen = chosen
    self.rejected = rejected
  }
}
