internal import Kernels

internal import Tokenizers

/// One vocabulary for all models of a merge, and the row that each model has for each token.
///
/// Every tensor with a row a token (embedding, head, their biases) is rebuilt on this vocabulary,
/// model by model, before the merge rule sees it. See `VocabularyAlignment` for the rows and
/// `RebuiltRows` for the values.
public struct VocabularyPlan: Sendable {
  public let request: VocabularyRequest
  /// The token of each id; nil for an id that names none.
  public let tokens: [String?]
  /// Rows of every rebuilt tensor and `vocab_size` of the output, padding included.
  public let rowCount: Int
  /// The rows of tensors that all members which take part are merged from.
  public let alignment: VocabularyAlignment
  /// By member: it takes part and needs no rebuilding.
  public let isIdentity: [Bool]
  /// The tokenizer of the output: tokenizer.json, tokenizer_config.json, …
  public let files: [TokenizerFile]
  public let report: VocabularyReport
  private let own: [[Int32]]
  private let overrides: TokenOverrides

  /// Reads the tokenizers of all members and plans the output's.
  ///
  /// - Throws: `Problem`: 78 for a request that cannot be met (the message begins with its place),
  ///   65 for a broken tokenizer, 66 when the base's is missing.
  public init(_ request: VocabularyRequest) throws {
    try request.check()
    let tokenizers = try VocabularyTokenizers(request)
    var report = VocabularyReport()
    report.warnings = tokenizers.warnings
    var output = try Self.output(request, tokenizers, warnings: &report.warnings)
    let inherited = output.count
    try request.appendTokens(to: &output, &report)
    let vocabulary = output.vocabulary

    self.request = request
    tokens = (0..<Int32(truncatingIfNeeded: output.count)).map { vocabulary.token($0) }
    rowCount = request.paddedCount(output.count)
    own = request.members.enumerated().map { index, member in
      vocabulary.ids(in: tokenizers[index].vocabulary).map { $0 < member.rows ? $0 : -1 }
    }
    overrides = try TokenOverrides(request, tokenizers: tokenizers, output: vocabulary)
    alignment = try Self.align(
      request.members.indices.filter { request.members[$0].takesPart }, request: request,
      tokens: tokens, rowCount: rowCount, own: own, overrides: overrides)
    let aligned = alignment
    isIdentity = request.members.indices.map {
      request.members[$0].takesPart && aligned.isIdentity($0)
    }
    files = try TokenizerFile.merged(
      output, removed: tokenizers.removed, chatTemplate: request.chatTemplate)
    report.fill(
      alignment: aligned, tokens: tokens, inherited: inherited, tokenizers: tokenizers,
      overrides: overrides, isIdentity: isIdentity)
    self.report = report
  }

  /// The rows of tensors that only `inputs` are merged from: with slices, the embedding belongs to
  /// the models of the first slice and the head to those of the last.
  ///
  /// - Parameter inputs: Indices of members that take part.
  /// - Throws: `Problem` (78) when a listed token takes its row from a model outside `inputs`.
  public func alignment(of inputs: [Int]) throws -> VocabularyAlignment {
    precondition(inputs.allSatisfy(request.members.indices.contains), "inputs \(inputs)")
    if inputs == alignment.inputs { return alignment }
    return try Self.align(
      inputs, request: request, tokens: tokens, rowCount: rowCount, own: own,
      overrides: overrides)
  }

  /// The tokens of the source, before those that only the request lists.
  private static func output(
    _ request: VocabularyRequest, _ tokenizers: VocabularyTokenizers, warnings: inout [String]
  ) throws(Problem) -> OutputVocabulary {
    switch request.source {
    case .model(let index): return OutputVocabulary(tokenizers[index])
    case .base: return OutputVocabulary(tokenizers.base, isChanged: !tokenizers.removed.isEmpty)
    case .union:
      var output = OutputVocabulary(tokenizers.base, isChanged: !tokenizers.removed.isEmpty)
      let all = request.members.enumerated().map { index, member in
        tokenizers.own[index].map {
          UnionMember(name: member.name, tokenizer: $0, vocabularySize: member.vocabularySize)
        }
      }
      guard let base = all[request.tokenizerBase] else { return output }
      let others = all.indices.filter { $0 != request.tokenizerBase }.compactMap { all[$0] }
      try output.unite(base, with: others, warnings: &warnings)
      return output
    }
  }
}

// MARK: - What fills the gaps

extension VocabularyPlan {
  /// For each token the row of models that lack it: the listed one; else that of the only model
  /// that has it; else the base's; else the mean of all that have it; else zeros.
  private static func align(
    _ inputs: [Int], request: VocabularyRequest, tokens: [String?], rowCount: Int,
    own: [[Int32]], overrides: TokenOverrides
  ) throws -> VocabularyAlignment {
    try overrides.check(inputs, request: request)
    // A model that is there twice, with two ranges of layers, has no more say than the others.
    let models = inputs.enumerated().filter { !inputs[..<$0.offset].contains($0.element) }
      .map(\.element)
    var fills = RowFills(count: tokens.count)
    for id in tokens.indices where tokens[id] != nil {
      let having = models.filter { own[$0][id] >= 0 }
      if let listed = overrides[id] {
        if listed.isForced { fills.force(id) }
        if let row = listed.row {
          fills[id] = row
          continue
        }
      }
      let rows = having.map { MemberRow(member: $0, row: Int(own[$0][id])) }
      if rows.count < 2 {
        fills[id] = rows.first.map { .other(member: $0.member, row: $0.row) } ?? .zero
      } else if let base = rows.first(where: { $0.member == request.baseIndex }) {
        fills[id] = .other(member: base.member, row: base.row)
      } else if rows.count < models.count || overrides[id]?.isForced == true {
        fills[id] = .mean(rows)
      } else {
        // Every model has the token: the fill is never looked at.
        fills[id] = .zero
      }
    }
    return VocabularyAlignment(
      inputs: inputs, rowCount: rowCount, members: request.members, own: own, fills: fills)
  }
}
