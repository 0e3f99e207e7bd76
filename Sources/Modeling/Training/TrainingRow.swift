/// One training item: the sequences that the objective looks at together (one for SFT, chosen and
/// rejected for DPO; source's, target's and rejected response for WRPO, in this order).
public struct TrainingRow: Sendable, Equatable {
  public struct Sequence: Sendable, Equatable {
    public var ids: [Int32]
    /// As long as `ids`; -100 where a token does not count (the prompt).
    public var labels: [Int32]

    public init(ids: [Int32], labels: [Int32]) {
      precondition(ids.count == labels.count, "\(ids.count) ids, \(labels.count) labels")
      self.ids = ids
      self.labels = labels
    }

    /// Labels that count: not -100, and not the first, which nothing predicts.
    public var countedTokens: Int { labels.dropFirst().count { $0 != -100 } }

    /// The same ids, every one of them a label: for losses on the prompt too.
    public var withAllLabels: Sequence { Sequence(ids: ids, labels: ids) }
  }

  public var sequences: [Sequence]

  public init(sequences: [Sequence]) { self.sequences = sequences }

  public var tokenCount: Int { sequences.reduce(0) { $0 + $1.ids.count } }
  public var countedTokens: Int { sequences.reduce(0) { $0 + $1.countedTokens } }
}
