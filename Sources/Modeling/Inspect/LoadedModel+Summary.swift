extension LoadedModel {
  public var summary: ModelSummary {
    decoder.summary(
      tokenizerSize: tokenizer.vocabularySize, hasTemplate: template != nil, endTokens: endTokens)
  }
}
