internal import Formats
internal import Kernels
internal import Tokenizers

extension MemberTokenizer {
  /// The tokenizer without the tokens whose id is `count` or more, and their names by id.
  ///
  /// Merges that make or use a removed token go too. Added tokens can be removed from any
  /// tokenizer, tokens of the model only from BPE: of the others every token is a part of the rest.
  ///
  /// - Throws: `Problem` (65) when tokens of another kind of model lie beyond.
  func cut(to count: Int) throws(Problem) -> (tokenizer: MemberTokenizer, removed: [String]) {
    guard vocabulary.idCount > count else { return (self, []) }
    let removed = (count..<vocabulary.idCount).compactMap {
      vocabulary.token(Int32(truncatingIfNeeded: $0))
    }
    var json = json
    json["added_tokens"] = .array(added.filter { $0.id < count }.map(\.json))
    let modelTokens = json["model"]?["vocab"]
    if modelReaches(beyond: count) {
      guard modelType == "BPE", let tokens = modelTokens?.object else {
        throw Problem(
          .badData, at: source,
          "\(removed.count) tokens have ids beyond vocab_size \(count), the first is "
            + quoted(removed.first ?? ""),
          expected: "ids below it: only a BPE vocabulary can be cut, this is \(modelType)",
          hint: "name another model as the tokenizer's source")
      }
      json["model"]?["vocab"] = .object(
        JSONObject(tokens.entries.filter { ($0.value.int ?? 0) < count }))
      if let merges = json["model"]?["merges"]?.array {
        json["model"]?["merges"] = .array(merges.filter { keeps($0, below: count) })
      }
    }
    return (try MemberTokenizer(json: json, source: source), removed)
  }

  private func modelReaches(beyond count: Int) -> Bool {
    let tokens = json["model"]?["vocab"]
    if let pieces = tokens?.array { return pieces.count > count }
    return tokens?.object?.entries.contains { ($0.value.int ?? 0) >= count } ?? false
  }

  /// Whether both parts of a merge and what they make stay. Lists that are no merges stay as they
  /// are: whoever reads the file says what is wrong with them.
  private func keeps(_ merge: JSON, below count: Int) -> Bool {
    let parts: [String]
    if let text = merge.string {
      parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
        .map { String(Substring($0)) }
    } else {
      parts = merge.array?.compactMap(\.string) ?? []
    }
    guard parts.count == 2 else { return true }
    let prefix = json["model"]?["continuing_subword_prefix"]?.string?.utf8.count ?? 0
    let made = parts[0] + String(decoding: parts[1].utf8.dropFirst(prefix), as: UTF8.self)
    return [parts[0], parts[1], made].allSatisfy { piece in
      vocabulary.id(piece).map { Int($0) < count } ?? true
    }
  }
}
