import Kernels

/// SentencePiece's BPE as llama.cpp runs it: neighbours join when their text is a token, the token
/// with the highest score first.
struct ScoredBPEModel: TokenModel {
  var vocabulary: Vocabulary
  /// Rank of every token by falling score; equal scores have equal ranks.
  var ranks: [UInt32]
  /// Ids of `<0x00>` … `<0xFF>`, -1 for none.
  var fallbackIDs: [Int32]
  var unknownID: Int32?
  /// Bytes of the longest token: nothing longer needs looking up.
  var longestToken: Int

  var isCacheable: Bool { true }

  init(vocabulary: Vocabulary, scores: [Float], unknownID: Int32?) {
    self.vocabulary = vocabulary
    self.unknownID = unknownID
    fallbackIDs = vocabulary.byteTokens()
    let order = Set(scores).sorted(by: >)
    var rank: [Float: UInt32] = [:]
    for (index, score) in order.enumerated() { rank[score] = UInt32(index) }
    ranks = scores.map { rank[$0] ?? 0 }
    longestToken = (0..<vocabulary.strings.count).reduce(0) {
      max($0, vocabulary.strings[$1].count)
    }
  }

  struct ScoreRule: MergeRule {
    let model: ScoredBPEModel
    @inline(__always)
    func merge(
      _ left: Int32, _ right: Int32, _ word: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int
    ) -> UInt64 {
      guard end - start <= model.longestToken,
        let id = model.vocabulary.id(UnsafeBufferPointer(rebasing: word[start..<end]))
      else { return MergeTable.none }
      return UInt64(model.ranks[Int(id)]) << 32 | UInt64(UInt32(bitPattern: id))
    }
  }

  func tokenize(
    _ piece: UnsafeBufferPointer<UInt8>, at base: Int, into tokens: inout TokenRuns,
    _ scratch: EncodeScratch
  ) {
    var workspace = MergeWorkspace()
    swap(&workspace, &scratch.merges)
    defer { swap(&workspace, &scratch.merges) }
    workspace.reset()
    var position = 0
    while position < piece.count {
      let end = min(piece.count, position + utf8Length(piece[position]))
      let character = UnsafeBufferPointer(rebasing: piece[position..<end])
      workspace.append(vocabulary.id(character) ?? -1, position, end)
      position = end
    }
    workspace.mergeAll(ScoreRule(model: self), piece)
    for symbol in workspace.symbols {
      let (start, end) = (Int(symbol.start), Int(symbol.end))
      if symbol.id >= 0 {
        tokens.append(symbol.id, base + start, base + end)
      } else {
        addBytes(piece, start..<end, at: base, into: &tokens)
      }
    }
  }

  private func addBytes(
    _ piece: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, at base: Int,
    into tokens: inout TokenRuns
  ) {
    for position in range {
      let id = fallbackIDs[Int(piece[position])]
      if id >= 0 {
        tokens.append(id, base + position, base + position + 1)
      } else if let unknownID {
        tokens.append(unknownID, base + position, base + position + 1)
      }
    }
  }
}
