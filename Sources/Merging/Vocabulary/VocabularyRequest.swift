/// One model of a merge as the alignment of vocabularies sees it.
public struct VocabularyMember: Sendable, Equatable {
  /// How the configuration writes the model; what messages and reports call it.
  public var name: String
  /// A Hugging Face folder with tokenizer.json and its companions. Where the tokenizer cannot be
  /// read the model is taken to have the base's.
  public var directory: String
  /// Rows of its token embedding. A token whose id lies beyond them counts as absent.
  public var rows: Int
  /// `vocab_size` of its config.json: a union takes no tokens from beyond it.
  public var vocabularySize: Int
  /// Whether the model is an input of the merge. One that only lends its tokenizer, or is the base
  /// of a method that does not read it, takes no part: its rows are never used.
  public var takesPart: Bool

  public init(
    name: String, directory: String, rows: Int, vocabularySize: Int, takesPart: Bool = true
  ) {
    self.name = name
    self.directory = directory
    self.rows = rows
    self.vocabularySize = vocabularySize
    self.takesPart = takesPart
  }
}

/// Which vocabulary the output has.
public enum TokenizerSource: Sendable, Equatable {
  /// The base's tokens, then whatever the other models have besides, in the order of the members.
  case union
  /// The base's tokens.
  case base
  /// The tokenizer of one member, untouched.
  case model(Int)
}

/// A token of a model, by its text as the vocabulary spells it or by its id.
public enum TokenName: Sendable, Equatable {
  case text(String)
  case id(Int)
}

/// The row that a listed token has in models without it, or in all when it is forced.
public enum TokenRow: Sendable, Equatable {
  case zero
  /// The row of a token of a member.
  case model(Int, token: TokenName)
}

/// One entry of `tokenizer.tokens`.
public struct TokenOverride: Sendable, Equatable {
  public var token: String
  /// nil leaves the choice of the row to the general rules.
  public var row: TokenRow?
  /// Every model gets the row, those that have the token too.
  public var isForced: Bool
  /// `FILE:LINE:COLUMN` of the entry, for messages.
  public var place: String?

  public init(token: String, row: TokenRow? = nil, isForced: Bool = false, place: String? = nil) {
    self.token = token
    self.row = row
    self.isForced = isForced
    self.place = place
  }
}

/// Everything that decides the vocabulary of a merge and the rows of its embeddings.
public struct VocabularyRequest: Sendable {
  /// The models in the order of the file.
  public var members: [VocabularyMember]
  /// The base among `members`; nil is none, and then the first member lends its tokenizer.
  public var baseIndex: Int?
  public var source: TokenizerSource
  public var overrides: [TokenOverride]
  /// The row count of the output is a multiple of this, from 1 to 2^20.
  public var padToMultipleOf: Int?
  /// The text of the output's template, as `resolveChatTemplate` returns it; nil keeps the
  /// template of the tokenizer that the output starts from.
  public var chatTemplate: String?
  /// `FILE:LINE:COLUMN` of the tokenizer section, for messages about all of it.
  public var place: String?

  public init(
    members: [VocabularyMember], baseIndex: Int? = nil, source: TokenizerSource = .union,
    overrides: [TokenOverride] = [], padToMultipleOf: Int? = nil, chatTemplate: String? = nil,
    place: String? = nil
  ) {
    self.members = members
    self.baseIndex = baseIndex
    self.source = source
    self.overrides = overrides
    self.padToMultipleOf = padToMultipleOf
    self.chatTemplate = chatTemplate
    self.place = place
  }

  /// The member whose tokenizer the output starts from, and which others are assumed to have.
  var tokenizerBase: Int { baseIndex ?? 0 }
}
