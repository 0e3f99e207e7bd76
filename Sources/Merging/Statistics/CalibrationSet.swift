public import Formats
public import Modeling

/// A few texts over which models are measured: rows of a data file, drawn once for all models.
public struct CalibrationSet: Sendable {
  public let path: String
  /// In file order.
  public let rows: [ExampleRow]

  /// Rows of the JSON Lines file or JSON array at `path`: texts, or prompts with responses, in any
  /// schema of `DataSchema.all`. Of files with more than `samples` rows that many are drawn.
  ///
  /// - Throws: `Problem` or `Problems` for a file that cannot be read or has no rows.
  public init(path: String, samples: Int, seed: UInt64) throws {
    let rows = try DataSet.read(path: path).rows
    guard !rows.isEmpty else {
      throw Problem(.badData, at: path, "no row teaches anything", expected: "at least one text")
    }
    self.path = path
    self.rows =
      rows.count <= samples
      ? rows
      : CounterRNG(seed: seed).permutation(rows.count).prefix(samples).sorted().map { rows[$0] }
  }

  init(path: String, rows: [ExampleRow]) {
    self.path = path
    self.rows = rows
  }

  /// Whether a row is a text by itself, without a prompt.
  static func isText(_ row: ExampleRow) -> Bool {
    row.tokens == nil && row.prompt.isEmpty && (row.promptText ?? "").isEmpty
  }

  /// The rows as `model` reads them. Texts begin as the model's texts do; prompts go through its
  /// chat template where they are messages, and only responses count (have labels). A prompt
  /// without responses is answered by its `reference`.
  ///
  /// - Parameter maxTokens: Longer sequences are cut, at most the model's context. Of a row with a
  ///   prompt, the prompt keeps its end and seven eighths at most.
  /// - Returns: Those that have a token to predict, and how many have none.
  /// - Throws: `Problem` for rows without a text or response, or ids that the model lacks.
  public func sequences(
    for model: LoadedModel, maxTokens: Int
  ) throws -> (sequences: [TrainingRow.Sequence], skipped: Int) {
    let limit = max(2, min(maxTokens, model.decoder.config.maximumLength))
    let writer = RowWriter(
      model: model,
      format: RowFormat(
        truncation: TruncationRule(maxLength: limit, maxPromptLength: max(1, limit * 7 / 8))))
    let all = try rows.map { row in
      let whole = try Self.isText(row) ? text(row, model) : answer(row, writer)
      return TrainingRow.Sequence(
        ids: Array(whole.ids.prefix(limit)), labels: Array(whole.labels.prefix(limit)))
    }
    let counted = all.filter { $0.countedTokens > 0 }
    guard !counted.isEmpty else {
      throw Problem(
        .badData, at: path, "no row has a token to predict within \(limit) tokens",
        hint: "raise the number of tokens, or look for empty texts")
    }
    return (counted, all.count - counted.count)
  }

  private func text(_ row: ExampleRow, _ model: LoadedModel) throws -> TrainingRow.Sequence {
    guard let text = row.chosen else {
      throw Problem(
        .badData, at: place(row), "the row has neither a text nor a prompt",
        expected: "{\"text\": …} or a prompt with a response")
    }
    let tokenizer = model.tokenizer
    let before = tokenizer.addsBOS ? [tokenizer.bosID].compactMap { $0 } : []
    let ids = try model.textIDs(text)
    return TrainingRow.Sequence(
      ids: before + ids, labels: before.map { _ in DecoderModel.ignoredLabel } + ids)
  }

  private func answer(_ row: ExampleRow, _ writer: RowWriter) throws -> TrainingRow.Sequence {
    var item = PreferenceItem(row, path: path)
    item.chosen = item.chosen ?? row.reference
    guard item.chosen != nil || item.tokens != nil else {
      throw Problem(
        .badData, at: place(row), "the row has a prompt and no response",
        expected: "a response, or a reference answer")
    }
    return try item.row([.chosen], with: writer).sequences[0]
  }

  /// `FILE:LINE`, for messages.
  func place(_ row: ExampleRow) -> String { "\(path):\(row.line)" }
}
