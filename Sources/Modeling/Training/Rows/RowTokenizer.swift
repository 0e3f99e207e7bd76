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
    /// `endID` where the response does not end with a token of `endIDs` already.
    case ifMissing = "if_missing"
    case never
  }

  /// Text to ids without special tokens added.
  public var encode: (String) throws -> [Int32]
  public var endID: Int32
  /// All tokens at which the model stops.
  public var endIDs: Set<Int32>
  public var endToken: EndToken

  public init(
    endID: Int32, endIDs: Set<Int32> = [], endToken: EndToken = .always,
    encode: @escaping (String) throws -> [Int32]
  ) {
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
    for index in row.indices where needsEnd(row[index].response) {
      row[index].response.append(endID)
    }
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

  private func needsEnd(_ response: [Int32]) -> Bool {
    switch endToken {
    case .always: true
    case .never: false
    case .ifMissing: !(response.last.map(endIDs.contains) ?? false)
    }
  }
}
