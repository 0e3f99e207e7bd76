internal import Kernels

/// Turns the text of a prompt and its responses into ids, as TRL's and WRPO's `tokenize_row` do.
///
/// Prompt and response are encoded together, because a tokenizer may merge across their border;
/// the response is what follows the prompt's own length. A border token that changed by merging
/// belongs to the response.
public struct RowTokenizer {
  /// What follows each response.
  public enum EndToken: String, Sendable, Codable, CaseIterable {
    /// Always one more `endID`, even after another: what the reference does.
    case always
    /// `endID` where the response does not end with a token of `endIDs` already, white space
    /// behind it aside.
    case ifMissing = "if_missing"
    case never
  }

  /// Text to ids without special tokens added.
  public var encode: (String) throws -> [Int32]
  public var endID: Int32
  /// All tokens at which the model stops.
  public var endIDs: Set<Int32>
  public var endToken: EndToken

  /// Whether ids are white space only: what may follow an end token in a template.
  public var isBlank: ([Int32]) -> Bool

  /// - Parameter isBlank: Needed for `.ifMissing` only, where a template writes a line break
  ///   behind the end token.
  public init(
    endID: Int32, endIDs: Set<Int32> = [], endToken: EndToken = .always,
    isBlank: @escaping ([Int32]) -> Bool = { $0.isEmpty },
    encode: @escaping (String) throws -> [Int32]
  ) {
    self.isBlank = isBlank
    self.endID = endID
    self.endIDs = endIDs.union([endID])
    self.endToken = endToken
    self.encode = encode
  }

  /// The responses to one prompt, in order, each with the prompt as it is in front of it.
  /// - Throws: `Problem` when the prompt changes by more than one token at a border.
  public func tokenise(
    prompt: String, responses: [String], place: String? = nil
  ) throws -> [PromptedResponse] {
    let promptIDs = try encode(prompt)
    var row = try responses.map { response in
      try split(encode(prompt + response), promptIDs: promptIDs, place: place)
    }
    try checkPrompts(row, place)
    for index in row.indices { end(&row[index].response) }
    return row
  }

  private func split(
    _ joint: [Int32], promptIDs: [Int32], place: String?
  ) throws -> PromptedResponse {
    guard joint.count >= promptIDs.count else {
      throw borderProblem(
        "prompt and response together have \(joint.count) tokens, the prompt alone "
          + "\(promptIDs.count)", place)
    }
    let isPrefix = joint.starts(with: promptIDs)
    let border = isPrefix ? promptIDs.count : max(0, promptIDs.count - 1)
    return PromptedResponse(
      prompt: Array(joint.prefix(border)), response: Array(joint.dropFirst(border)))
  }

  /// All responses must see the same prompt, but for one token at the border.
  private func checkPrompts(_ row: [PromptedResponse], _ place: String?) throws {
    for other in row.dropFirst() {
      let differing = zip(row[0].prompt, other.prompt).count { $0 != $1 }
      if differing > 1 || abs(row[0].prompt.count - other.prompt.count) > 1 {
        throw borderProblem("the responses change the prompt's tokens in different places", place)
      }
    }
  }

  private func borderProblem(_ what: String, _ place: String?) -> Problem {
    Problem(
      .badData, at: place, what, expected: "at most one token that changes at the border",
      hint: "end the prompt with a line break or a special token")
  }

  /// Appends the end token by the rule. With `.ifMissing`, what a template writes behind the end
  /// token is cut off: no model gets to write it.
  func end(_ response: inout [Int32]) {
    switch endToken {
    case .never: return
    case .always: response.append(endID)
    case .ifMissing:
      guard let last = response.lastIndex(where: endIDs.contains),
        isBlank(Array(response[(last + 1)...]))
      else {
        response.append(endID)
        return
      }
      response.removeSubrange((last + 1)...)
    }
  }
}
