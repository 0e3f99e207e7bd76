internal import Glibc
public import Kernels

/// One training item: the sequences that the objective looks at together (one for SFT, chosen and
/// rejected for DPO; source's, target's and rejected response for WRPO, in this order).
public struct TrainingRow: Sendable, Equatable {
  public struct Sequence: Sendable, Equatable {
    public var ids: [Int32]
    /// As long as `ids`; -100 where a token does not count (the prompt).
    public var labels: [Int32]
    /// What a teacher says, for objectives that distil: row t holds probabilities of what follows
    /// `ids[t]`, also behind the last token, where no label is predicted. An empty row is
    /// nothing to distil; nil is none at all.
    public var targets: SparseRows?

    public init(ids: [Int32], labels: [Int32], targets: SparseRows? = nil) {
      precondition(ids.count == labels.count, "\(ids.count) ids, \(labels.count) labels")
      precondition(
        targets.map { $0.count == ids.count } ?? true,
        "\(ids.count) ids, targets of \(targets?.count ?? 0)")
      self.ids = ids
      self.labels = labels
      self.targets = targets
    }

    /// Labels that count: not -100, and not the first, which nothing predicts.
    public var countedTokens: Int { labels.dropFirst().count { $0 != -100 } }

    /// Positions that have a target.
    public var distilledTokens: Int {
      targets.map { rows in (0..<rows.count).count { !rows.entries(of: $0).isEmpty } } ?? 0
    }

    /// Sum of the targets' entropies −Σ P · log P, nats.
    var targetEntropy: Double {
      targets.map { $0.values.reduce(0) { $1 > 0 ? $0 - Double($1) * log(Double($1)) : $0 } } ?? 0
    }

    /// The same ids, every one of them a label: for losses on the prompt too.
    public var withAllLabels: Sequence { Sequence(ids: ids, labels: ids, targets: targets) }
  }

  public var sequences: [Sequence]
  /// By how much the first sequence is known to be better than the second, for objectives that ask
  /// for a lead of that size.
  public var margin: Double

  public init(sequences: [Sequence], margin: Double = 0) {
    self.sequences = sequences
    self.margin = margin
  }

  public var tokenCount: Int { sequences.reduce(0) { $0 + $1.ids.count } }
  public var countedTokens: Int { sequences.reduce(0) { $0 + $1.countedTokens } }
  public var distilledTokens: Int { sequences.reduce(0) { $0 + $1.distilledTokens } }
}
