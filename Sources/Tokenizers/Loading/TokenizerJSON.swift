import Formats
import Kernels

extension TokenizerPipeline {
  /// The pipeline that a tokenizer.json describes. `source` is what messages call the file.
  init(json: JSON, source: String) throws(Problem) {
    let file = Component(json, source: source)
    _ = try file.object()
    let normalizer = try file["normalizer"].normalizer()
    var steps = try file["pre_tokenizer"].preTokenizers()
    let isByteLevel = Self.takesBytes(file["model"], normalizer: file["normalizer"], &steps)
    let model = try file["model"].model(isByteLevel: isByteLevel)
    let added = try file["added_tokens"].addedTokens(model.vocabulary)
    let postProcessor = try file["post_processor"].postProcessor { addsPrefixSpace in
      let count = max(
        model.vocabulary.idCount, (added.map { Int($0.id) }.max() ?? -1) + 1)
      var tokens = (0..<Int32(truncatingIfNeeded: count)).map { model.vocabulary.token($0) }
      for token in added { tokens[Int(token.id)] = token.content }
      return OffsetTrimmer(
        addsPrefixSpace: addsPrefixSpace, tokens: tokens, added: Set(added.map(\.id)))
    }
    try self.init(
      addedTokens: added, normalizer: normalizer,
      preTokenizer: steps.isEmpty
        ? nil : steps.count == 1 ? steps[0] : PreTokenizerSequence(steps: steps),
      model: model, postProcessor: postProcessor, decoder: try file["decoder"].decoder(),
      boundaries: (model as? BPEModel)?.wordBoundaries())
  }

  /// Whether the model can take raw bytes: byte-level BPE where the spelling comes last. The step
  /// then no longer spells.
  private static func takesBytes(
    _ model: Component, normalizer: Component, _ steps: inout [any PreTokenizer]
  ) -> Bool {
    guard model.json["merges"] != nil, var last = steps.last as? ByteLevelPreTokenizer,
      !steps.dropLast().contains(where: { $0 is ByteLevelPreTokenizer }),
      model.json["byte_fallback"]?.bool != true,
      [model.json["continuing_subword_prefix"], model.json["end_of_word_suffix"]]
        .allSatisfy({ ($0?.string ?? "").isEmpty })
    else { return false }
    last.spellsBytes = false
    steps[steps.count - 1] = last
    return true
  }
}

extension Component {
  /// The tokens of `added_tokens`; one that the model knows has the model's id.
  fileprivate func addedTokens(_ vocabulary: Vocabulary) throws(Problem) -> [AddedToken] {
    if isNull { return [] }
    var tokens: [AddedToken] = []
    // By bytes: vocabularies hold canonically equivalent spellings as different tokens.
    var seen: [[UInt8]: Int32] = [:]
    for part in try elements() {
      let content = try part["content"].string()
      let isSpecial = try part["special"].bool(default: false)
      let id = try part["id"].id()
      let token = AddedToken(
        id: vocabulary.id(content) ?? id, content: content,
        isSingleWord: try part["single_word"].bool(default: false),
        stripsLeft: try part["lstrip"].bool(default: false),
        stripsRight: try part["rstrip"].bool(default: false),
        isNormalized: try part["normalized"].bool(default: !isSpecial), isSpecial: isSpecial)
      if let other = seen[Array(content.utf8)], other != token.id {
        throw part.problem("token \(quoted(content)) has ids \(other) and \(id)", expected: "one")
      }
      seen[Array(content.utf8)] = token.id
      tokens.append(token)
    }
    return tokens
  }
}
