public import Formats
internal import Kernels

/// Turns conversations into training rows for one model: its template, tokenizer and end tokens.
public struct RowWriter {
  public let model: LoadedModel
  public let format: RowFormat
  private let tokenizer: RowTokenizer

  public init(model: LoadedModel, format: RowFormat) {
    self.model = model
    self.format = format
    let endID = model.tokenizer.eosID ?? model.endTokens.first
    tokenizer = RowTokenizer(
      endID: endID ?? 0, endIDs: Set(model.endTokens),
      // A tokenizer without any end token has none to append.
      endToken: endID == nil ? .never : format.endToken,
      isBlank: { model.tokenizer.decode($0).allSatisfy(\.isWhitespace) },
      encode: { try model.textIDs($0) })
  }

  /// A row with one sequence a response, in order.
  /// - Parameter place: `FILE:LINE` for messages.
  public func row(
    prompt: [Message], responses: [String], place: String? = nil
  ) throws -> TrainingRow {
    guard model.template != nil else {
      return finished(try plainTurns(prompt, responses), place)
    }
    let text = try text(prompt: prompt, responses: responses)
    return try row(promptText: text.prompt, responses: text.responses, place: place)
  }

  /// A row of texts that are used as they stand, without a template.
  public func row(
    promptText: String, responses: [String], place: String? = nil
  ) throws -> TrainingRow {
    finished(
      try tokenizer.tokenise(prompt: promptText, responses: responses, place: place), place)
  }

  /// Prompt and responses in the model's template, as they are tokenised.
  public func text(prompt: [Message], responses: [String]) throws -> ConversationText {
    let render: ConversationText.Renderer = { messages, addGenerationPrompt in
      guard let template = model.template else {
        throw Problem(.failed, at: model.name, "has no chat template")
      }
      return try template.render(
        messages: messages.map(\.json), addGenerationPrompt: addGenerationPrompt,
        specialTokens: model.tokenizer.specialTokens
      ).text
    }
    switch format.templating {
    case .joint:
      return try .joint(prompt: prompt, responses: responses, render: render)
    case .separate:
      return try .separate(
        prompt: prompt, responses: responses,
        templateSource: model.tokenizer.chatTemplateSource ?? "",
        bos: model.tokenizer.specialTokens["bos_token"], render: render)
    }
  }

  /// For models without a template, in the form in which they are asked.
  private func plainTurns(
    _ prompt: [Message], _ responses: [String]
  ) throws -> [PromptedResponse] {
    let promptIDs = try model.chatPromptIDs(prompt)
    return try responses.map { response in
      var ids = try model.textIDs(" " + response)
      tokenizer.end(&ids)
      return PromptedResponse(prompt: promptIDs, response: ids)
    }
  }

  private func finished(_ row: [PromptedResponse], _ place: String?) -> TrainingRow {
    var row = row
    if format.doublesBOS, model.tokenizer.addsBOS, let bos = model.tokenizer.bosID {
      for index in row.indices { row[index].prompt.insert(bos, at: 0) }
    }
    format.truncation.apply(to: &row)
    return TrainingRow(sequences: row.map(\.sequence))
  }
}
