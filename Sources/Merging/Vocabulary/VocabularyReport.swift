/// What aligning the vocabularies comes to: for people, before anything is merged.
public struct VocabularyReport: Sendable, Equatable {
  /// Tokens of one kind: how many, and the first of them by name.
  public struct Tokens: Sendable, Equatable {
    public private(set) var count = 0
    /// The first `limit` tokens in the order of their ids.
    public private(set) var first: [String] = []
    public static let limit = 20

    public init() {}

    mutating func add(_ token: String) {
      count += 1
      if first.count < Self.limit { first.append(token) }
    }
  }

  /// One model that takes part.
  public struct Member: Sendable, Equatable {
    public var name: String
    /// Its tokenizer could not be read, so it counts as having the base's.
    public var isAssumed = false
    /// Tokens of the output that it has a row for.
    public var shared = 0
    /// Tokens of the output that were not in the base tokenizer and came from this model first.
    public var added = Tokens()
    /// Tokens of the output that it lacks, by where their row comes from instead.
    public var filledFromOneModel = Tokens()
    public var filledFromBase = Tokens()
    public var filledWithMean = Tokens()
    public var filledWithZeros = Tokens()
    public var filledAsConfigured = Tokens()
    /// Its own tokens that the output does not have: their rows are dropped.
    public var dropped = Tokens()
    /// Its tensors go into the merge as they are.
    public var isIdentity = false

    /// Tokens of the output that it has no row for.
    public var missing: Int {
      filledFromOneModel.count + filledFromBase.count + filledWithMean.count
        + filledWithZeros.count + filledAsConfigured.count
    }
  }

  /// Members that take part, in their order.
  public var members: [Member] = []
  /// Ids of the output that name a token.
  public var tokenCount = 0
  /// Tokens of the base tokenizer that lie beyond its vocab_size and were taken out.
  public var removed = Tokens()
  /// Entries of `tokens` that no model has.
  public var appended = Tokens()
  /// Rows without a token: unused ids and padding.
  public var paddingRows = 0
  /// What is odd but not wrong, one sentence each.
  public var warnings: [String] = []
}
