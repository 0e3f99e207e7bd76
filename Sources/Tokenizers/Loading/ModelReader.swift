import Formats
import Kernels

extension Component {
  /// The model that this part (`model`) describes.
  ///
  /// - Parameter isByteLevel: Its pieces are to be raw bytes of a byte-level vocabulary.
  func model(isByteLevel: Bool) throws(Problem) -> any TokenModel {
    if isNull { throw problem("is missing", expected: "an object") }
    // Files of old have no type: lists of pieces are Unigram, merges are BPE.
    let implied = json["merges"] != nil ? "BPE" : json["vocab"]?.array != nil ? "Unigram" : nil
    let type: String
    if self["type"].isNull, let implied { type = implied } else { type = try self["type"].string() }
    switch type {
    case "BPE": return try bpe(isByteLevel: isByteLevel)
    case "Unigram": return try unigram()
    case "WordPiece":
      let vocabulary = try self["vocab"].vocabulary()
      return WordPieceModel(
        vocabulary: vocabulary, unknownID: try unknownID(in: vocabulary, default: "[UNK]"),
        continuingPrefix: Array(
          (try self["continuing_subword_prefix"].optionalString() ?? "##").utf8),
        longestWord: self["max_input_chars_per_word"].isNull
          ? 100 : try self["max_input_chars_per_word"].integer())
    case "WordLevel":
      let vocabulary = try self["vocab"].vocabulary()
      return WordLevelModel(
        vocabulary: vocabulary, unknownID: try unknownID(in: vocabulary, default: nil))
    default:
      throw self["type"].unknown(type, among: ["BPE", "Unigram", "WordPiece", "WordLevel"])
    }
  }

  /// Tokens and their ids.
  private func vocabulary() throws(Problem) -> Vocabulary {
    let entries = try object().entries
    var vocabulary = Vocabulary(minimumCapacity: entries.count)
    for (token, value) in entries {
      guard let id = value.int else {
        throw problem(
          "id of token \(quoted(token)) is \(value.kindName)", expected: "a whole number")
      }
      if let conflict = vocabulary.insert(token, id: id) {
        throw vocabularyProblem(token, id, conflict)
      }
    }
    return vocabulary
  }

  private func vocabularyProblem(
    _ token: String, _ id: Int, _ conflict: Vocabulary.Conflict
  ) -> Problem {
    switch conflict {
    case .outOfRange:
      problem("id \(id) of token \(quoted(token))", expected: "0 to \(Vocabulary.idLimit - 1)")
    case .idTaken(let other):
      problem("tokens \(quoted(other)) and \(quoted(token)) share id \(id)", expected: "an id each")
    case .tokenTaken(let other):
      problem("token \(quoted(token)) has ids \(other) and \(id)", expected: "one")
    }
  }

  private func unknownID(
    in vocabulary: Vocabulary, default name: String?
  ) throws(Problem) -> Int32? {
    // A name that is no token means that there is no unknown token; the reference allows it.
    try (self["unk_token"].optionalString() ?? name).flatMap { vocabulary.id($0) }
  }

  // MARK: - BPE

  private func bpe(isByteLevel: Bool) throws(Problem) -> BPEModel {
    let vocabulary = try self["vocab"].vocabulary()
    let prefix = Array((try self["continuing_subword_prefix"].optionalString() ?? "").utf8)
    let merges = try self["merges"].merges(in: vocabulary, droppingPrefix: prefix.count)
    var model = BPEModel(vocabulary: vocabulary, merges: merges)
    model.unknownID = try unknownID(in: vocabulary, default: nil)
    model.fusesUnknown = try self["fuse_unk"].bool(default: false)
    if try self["byte_fallback"].bool(default: false) {
      model.fallbackIDs = vocabulary.byteTokens()
    }
    model.takesWholeWords = try self["ignore_merges"].bool(default: false)
    model.continuingPrefix = prefix
    model.wordSuffix = Array((try self["end_of_word_suffix"].optionalString() ?? "").utf8)
    if isByteLevel { model.useBytes() }
    return model
  }

  /// Merges in both spellings: `["a", "b"]` and `"a b"`.
  private func merges(
    in vocabulary: Vocabulary, droppingPrefix prefix: Int
  ) throws(Problem) -> MergeTable {
    let list = try array()
    let table = MergeTable(capacity: list.count)
    for (rank, json) in list.enumerated() {
      let (left, right) = try mergePair(json, rank)
      let result = left + String(decoding: right.utf8.dropFirst(prefix), as: UTF8.self)
      var ids: [Int32] = []
      for piece in [left, right, result] {
        guard let id = vocabulary.id(piece) else {
          throw element(rank, json).problem(
            "merges \(quoted(left)) and \(quoted(right)), but \(quoted(piece)) is no token",
            expected: "both parts and the result in model.vocab")
        }
        ids.append(id)
      }
      table.insert(ids[0], ids[1], rank: rank, id: ids[2])
    }
    return table
  }

  private func mergePair(_ json: JSON, _ rank: Int) throws(Problem) -> (String, String) {
    if case .array(let parts) = json, parts.count == 2, let left = parts[0].string,
      let right = parts[1].string
    {
      return (left, right)
    }
    if case .string(let text) = json {
      let parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
      if parts.count == 2, let left = String(parts[0]), let right = String(parts[1]) {
        return (left, right)
      }
    }
    throw element(rank, json).problem("is not a pair", expected: "two tokens")
  }

  // MARK: - Unigram

  private func unigram() throws(Problem) -> UnigramModel {
    let pieces = try self["vocab"].array()
    guard pieces.count < Vocabulary.idLimit else {
      throw self["vocab"].problem("\(pieces.count) pieces", expected: "less than 2^24")
    }
    var vocabulary = Vocabulary(minimumCapacity: pieces.count)
    var scores: [Double] = []
    scores.reserveCapacity(pieces.count)
    for (index, json) in pieces.enumerated() {
      guard case .array(let pair) = json, pair.count == 2, let piece = pair[0].string,
        let score = pair[1].double
      else {
        throw self["vocab"].element(index, json).problem(
          "is not a piece", expected: "[\"piece\", score]")
      }
      vocabulary.insertPiece(piece, lastWins: true)
      scores.append(score)
    }
    var unknownID: Int32?
    if !self["unk_id"].isNull {
      let id = try self["unk_id"].integer()
      guard pieces.indices.contains(id) else {
        throw self["unk_id"].problem("is \(id)", expected: "an id below \(pieces.count)")
      }
      unknownID = Int32(truncatingIfNeeded: id)
    }
    return UnigramModel(
      vocabulary: vocabulary, scores: scores, unknownID: unknownID,
      usesByteFallback: try self["byte_fallback"].bool(default: false))
  }
}

extension BPEModel {
  /// From now on pieces are raw bytes, not spelled in GPT-2's alphabet.
  mutating func useBytes() {
    byteIDs = ByteAlphabet.scalars.map { vocabulary.id(String($0)) ?? -1 }
    guard takesWholeWords else { return }
    wholeWords = TokenStrings(minimumCapacity: vocabulary.count)
    for index in 0..<vocabulary.strings.count {
      let token = vocabulary.strings[index]
      guard let id = vocabulary.id(token), let bytes = ByteAlphabet.bytes(of: token) else {
        continue
      }
      if bytes.withUnsafeBufferPointer({ wholeWords.insert($0).isNew }) { wholeIDs.append(id) }
    }
  }
}
