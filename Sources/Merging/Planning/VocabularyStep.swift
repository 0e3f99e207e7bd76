/// Asks for the vocabulary that a document's tokenizer section describes.
struct VocabularyStep {
  let document: MergeDocument
  let models: [MergeModel]
  let stacks: [StackPlan]

  /// nil for documents that align no vocabularies.
  func plan() throws -> VocabularyPlan? {
    guard let section = document.tokenizer else { return nil }
    var request = VocabularyRequest(
      members: Self.members(models, in: stacks),
      baseIndex: document.baseModel.flatMap(index), source: source(section.source),
      padToMultipleOf: section.padToMultipleOf, place: section.place)
    request.overrides = section.tokens.map { token in
      TokenOverride(
        token: token.text, row: token.row.flatMap { row($0, of: token.text) },
        isForced: token.isForced, place: token.place)
    }
    request.chatTemplate = try document.chatTemplate.flatMap {
      try resolveChatTemplate($0, members: request.members, place: document.marks.chatTemplate)
    }
    return try VocabularyPlan(request)
  }

  /// Every model of the document; those in no slice only lend their tokenizer.
  static func members(_ models: [MergeModel], in stacks: [StackPlan]) -> [VocabularyMember] {
    let taking = Set(stacks.flatMap(\.slices).flatMap(\.sources).map(\.model))
    return models.enumerated().map { index, model in
      let rows = model.embeddingName.flatMap { model.entry($0)?.shape.first } ?? 0
      return VocabularyMember(
        name: model.name, directory: model.directory, rows: rows,
        vocabularySize: model.configValue("vocab_size")?.int ?? rows,
        takesPart: taking.contains(index))
    }
  }

  private func index(_ reference: MergeModelReference) -> Int? {
    models.firstIndex { $0.reference == reference }
  }

  private func source(_ source: TokenizerSection.Source) -> TokenizerSource {
    switch source {
    case .union: .union
    case .base: .base
    case .model(let reference): index(reference).map { .model($0) } ?? .union
    }
  }

  private func row(_ row: TokenizerSection.Token.Row, of token: String) -> TokenRow? {
    switch row {
    case .zero: .zero
    case .model(let model): index(model).map { .model($0, token: .text(token)) }
    case .token(let model, let text): index(model).map { .model($0, token: .text(text)) }
    case .id(let model, let id): index(model).map { .model($0, token: .id(id)) }
    }
  }
}
