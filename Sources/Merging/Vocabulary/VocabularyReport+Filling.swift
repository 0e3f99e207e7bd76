internal import Kernels
internal import Tokenizers

extension VocabularyReport {
  /// Counts what the alignment came to.
  ///
  /// - Parameters:
  ///   - tokens: The output by id.
  ///   - inherited: Ids below this are of tokenizers, the others only listed.
  mutating func fill(
    alignment: VocabularyAlignment, tokens: [String?], inherited: Int,
    tokenizers: VocabularyTokenizers, overrides: TokenOverrides, isIdentity: [Bool]
  ) {
    for token in tokenizers.removed { removed.add(token) }
    tokenCount = tokens.lazy.filter { $0 != nil }.count
    paddingRows = alignment.rowCount - tokenCount
    members = alignment.inputs.map { index in
      var member = Member(name: alignment.members[index].name)
      member.isAssumed = tokenizers.own[index] == nil
      member.isIdentity = isIdentity[index]
      for case (let id, let token?) in zip(tokens.indices, tokens) {
        member.count(token, id, in: alignment, of: index, overrides)
      }
      return member
    }
    countAdded(tokens, below: inherited, alignment, tokenizers)
    countDropped(tokens, alignment, tokenizers)
    warnAboutZeros(tokens, alignment, overrides)
  }

  /// Each token that the base tokenizer lacks belongs to the first member that has it.
  private mutating func countAdded(
    _ tokens: [String?], below inherited: Int, _ alignment: VocabularyAlignment,
    _ tokenizers: VocabularyTokenizers
  ) {
    for case let token? in tokens.prefix(inherited)
    where tokenizers.base.vocabulary.id(token) == nil {
      let owner = alignment.inputs.firstIndex {
        tokenizers.own[$0]?.vocabulary.id(token) != nil
      }
      if let owner { members[owner].added.add(token) }
    }
  }

  private mutating func countDropped(
    _ tokens: [String?], _ alignment: VocabularyAlignment, _ tokenizers: VocabularyTokenizers
  ) {
    var output = TokenStrings(minimumCapacity: tokens.count)
    for case let token? in tokens { _ = output.insert(token) }
    for (position, index) in alignment.inputs.enumerated() {
      let (vocabulary, rows) = (tokenizers[index].vocabulary, alignment.members[index].rows)
      for id in 0..<min(vocabulary.idCount, rows) {
        guard let token = vocabulary.token(Int32(truncatingIfNeeded: id)),
          output.index(of: token) == nil
        else { continue }
        members[position].dropped.add(token)
      }
    }
  }

  private mutating func warnAboutZeros(
    _ tokens: [String?], _ alignment: VocabularyAlignment, _ overrides: TokenOverrides
  ) {
    guard let first = alignment.inputs.first else { return }
    var orphans = Tokens()
    for case (let id, let token?) in zip(tokens.indices, tokens)
    where overrides[id]?.row == nil && alignment.source(of: id, in: first) == .zero {
      orphans.add(token)
    }
    if orphans.count > 0 {
      warnings.append(
        "\(orphans.count) tokens have a row in none of the models and get zeros: "
          + orphans.first.prefix(5).map { quoted($0) }.joined(separator: ", ")
          + (orphans.count > 5 ? ", …" : ""))
    }
  }
}

extension VocabularyReport.Member {
  /// Counts one token of the output by where this member's row comes from.
  fileprivate mutating func count(
    _ token: String, _ id: Int, in alignment: VocabularyAlignment, of member: Int,
    _ overrides: TokenOverrides
  ) {
    if alignment.hasOwnRow(id, member: member) {
      shared += 1
    } else if overrides[id]?.row != nil {
      filledAsConfigured.add(token)
    } else {
      switch alignment.source(of: id, in: member) {
      // Of several models that have the token only the base's row is taken alone.
      case .other where alignment.owners(of: id) > 1: filledFromBase.add(token)
      case .other, .own: filledFromOneModel.add(token)
      case .mean: filledWithMean.add(token)
      case .zero, .padding: filledWithZeros.add(token)
      }
    }
  }
}
