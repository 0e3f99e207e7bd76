public import Modeling

extension CalibrationSet {
  /// The mean loss of `model` over all tokens that count, in nats a token.
  ///
  /// Texts are read whole, as `Perplexity` does; of rows with prompts the responses count, cut to
  /// the model's context.
  /// - Throws: `Problem` for classifiers, rows without a text or response, texts that the
  ///   tokenizer does not give back, and losses that are no numbers.
  public func loss(of model: LoadedModel) throws -> Double {
    let texts = rows.filter(Self.isText)
    let answers = rows.filter { !Self.isText($0) }
    let perplexity = try Perplexity(model)
    var (nats, tokens) = (0.0, 0)
    if !texts.isEmpty {
      let total = try perplexity.likelihoods(
        of: texts.map { $0.chosen ?? "" }, places: texts.map(place)
      ).reduce(TextLikelihood(), +)
      (nats, tokens) = (total.nats, total.tokens)
    }
    if !answers.isEmpty {
      let sequences = try CalibrationSet(path: path, rows: answers)
        .sequences(for: model, maxTokens: .max).sequences
      for sequence in sequences {
        nats -= Self.logProb(of: sequence, model.decoder)
        tokens += sequence.countedTokens
      }
    }
    guard nats.isFinite, tokens > 0 else {
      throw Problem(
        .badData, at: path, "the loss of \(quoted(model.name)) is no number",
        hint: "look at its weights: crucible model inspect --check")
    }
    return nats / Double(tokens)
  }

  /// Of all tokens that count together, nats.
  private static func logProb(
    of sequence: TrainingRow.Sequence, _ decoder: DecoderModel
  ) -> Double {
    decoder.tokenLogProbs(
      Tape(recording: false), ids: sequence.ids,
      layout: SequenceLayout(lengths: [sequence.ids.count]), labels: sequence.labels
    ).logProbs.value.floats().reduce(0) { $0 + Double($1) }
  }
}
