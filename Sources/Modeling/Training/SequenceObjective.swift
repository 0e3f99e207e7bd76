/// A loss over the log-probabilities of the sequences of a row.
public protocol SequenceObjective: Sendable {
  /// Sequences a row: 1 for SFT, 2 for DPO, 3 for WRPO.
  var sequencesPerRow: Int { get }
  /// Whether the loss looks at a frozen reference model.
  var needsReference: Bool { get }
}
