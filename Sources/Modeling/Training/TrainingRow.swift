/// One training item: the sequences that the objective looks at together (one for SFT, chosen and
/// rejected for DPO; source's, target's and rejected response for WRPO, in this order).
public struct TrainingRow: Sendable, Equatable {
  public struct Sequence: Sendable, Equatable {
    public var ids: [Int32]
    /// As long as `ids`; -100 where a token does not count (the prompt).
    public var labels: [Int32]

    public init(ids: [Int32], labels: [Int32]) {
      self.ids = ids
      self.labels = labels
    }
  }

  public var sequences: [Sequence]

  public init(sequences: [Sequence]) { self.sequences = sequences }
}
