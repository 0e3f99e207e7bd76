internal import Formats
internal import Kernels
internal import Tokenizers

/// The tokens of the output: those of one tokenizer, then what is appended.
struct OutputVocabulary: Sendable {
  /// The tokenizer that it starts from.
  let start: MemberTokenizer
  private(set) var vocabulary: Vocabulary
  /// Added tokens, those of the start first.
  private(set) var added: [MemberTokenizer.AddedEntry]
  /// Where each added token stands in `added`.
  private var addedPositions = TokenStrings()
  /// The file of the start no longer says what this holds.
  private(set) var isChanged: Bool

  init(_ start: MemberTokenizer, isChanged: Bool = false) {
    self.start = start
    vocabulary = start.vocabulary
    added = []
    self.isChanged = isChanged
    for entry in start.added where addedPositions.insert(entry.content).isNew {
      added.append(entry)
    }
  }

  /// One more than the largest id.
  var count: Int { vocabulary.idCount }

  func contains(_ token: String) -> Bool { vocabulary.id(token) != nil }

  /// Gives `token` the next id, as plain text.
  mutating func append(_ token: String) throws(Problem) {
    try append(.plain(token, id: count))
  }

  /// Appends an added token of another model under the next id. A token that is here as ordinary
  /// text keeps its id and becomes an added one; an added token stays as it is.
  mutating func add(_ entry: MemberTokenizer.AddedEntry) throws(Problem) {
    guard addedPositions.index(of: entry.content) == nil else { return }
    var entry = entry
    guard let id = vocabulary.id(entry.content) else {
      entry.id = count
      return try append(entry)
    }
    entry.id = Int(id)
    _ = addedPositions.insert(entry.content)
    added.append(entry)
    isChanged = true
  }

  /// The added token with this text.
  func addedEntry(_ content: String) -> MemberTokenizer.AddedEntry? {
    addedPositions.index(of: content).map { added[$0] }
  }

  private mutating func append(_ entry: MemberTokenizer.AddedEntry) throws(Problem) {
    guard vocabulary.insert(entry.content, id: entry.id) == nil else {
      throw Problem(
        .badData, at: start.source, "token \(quoted(entry.content)) is one too many",
        expected: "at most \(Vocabulary.idLimit) tokens")
    }
    _ = addedPositions.insert(entry.content)
    added.append(entry)
    isChanged = true
  }

  /// The file with every token: added ones in the order of their ids, as readers number them by
  /// their place in the list.
  var json: JSON {
    var json = start.json
    json["added_tokens"] = .array(
      added.enumerated().sorted { ($0.element.id, $0.offset) < ($1.element.id, $1.offset) }
        .map { $0.element.json })
    return json
  }
}

/// A member of a union: its tokenizer, and how many of its ids the model uses.
struct UnionMember {
  var name: String
  var tokenizer: MemberTokenizer
  var vocabularySize: Int
}

extension OutputVocabulary {
  /// Appends what `members` have besides: first all ordinary tokens as plain text, since merge
  /// rules are not taken over, then all added tokens with the flags of the first that has them.
  /// Members in their order, tokens in the order of their ids.
  ///
  /// - Parameters:
  ///   - base: The tokenizer's own model, whose added tokens come before all others.
  ///   - warnings: Gets a sentence for each token that two models write with different flags.
  mutating func unite(
    _ base: UnionMember, with members: [UnionMember], warnings: inout [String]
  ) throws(Problem) {
    var special = AddedTokens()
    for member in [base] + members { special.collect(member, warnings: &warnings) }
    for member in members {
      let ids = member.tokenizer.vocabulary.ids(in: vocabulary)
      for id in 0..<min(ids.count, max(0, member.vocabularySize)) where ids[id] < 0 {
        guard let token = member.tokenizer.vocabulary.token(Int32(truncatingIfNeeded: id)),
          special[token] == nil, !token.isEmpty, !contains(token)
        else { continue }
        try append(token)
      }
    }
    for entry in special.entries where !entry.content.isEmpty { try add(entry) }
  }
}

/// Added tokens of several models, each once, as the first of them writes it.
private struct AddedTokens {
  private(set) var entries: [MemberTokenizer.AddedEntry] = []
  private var owners: [String] = []
  private var positions = TokenStrings()
  private var isWarned: Set<Int> = []

  subscript(content: String) -> MemberTokenizer.AddedEntry? {
    positions.index(of: content).map { entries[$0] }
  }

  mutating func collect(_ member: UnionMember, warnings: inout [String]) {
    for entry in member.tokenizer.added where entry.id < member.vocabularySize {
      let (index, isNew) = positions.insert(entry.content)
      if isNew {
        entries.append(entry)
        owners.append(member.name)
      } else if entries[index].flags != entry.flags, isWarned.insert(index).inserted {
        warnings.append(
          "token \(quoted(entry.content)) has other settings in \(member.name) than in "
            + "\(owners[index]), whose settings count")
      }
    }
  }
}
