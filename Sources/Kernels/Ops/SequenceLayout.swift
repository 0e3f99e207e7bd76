/// Where the sequences of a packed batch lie: one after another in the rows of every activation,
/// without padding.
public struct SequenceLayout: Sendable, Equatable {
  /// Tokens of each sequence.
  public let lengths: [Int]
  /// First row of each sequence, and past them the number of rows.
  public let offsets: [Int]

  /// - Parameter lengths: each at least 0.
  public init(lengths: [Int]) {
    precondition(lengths.allSatisfy { $0 >= 0 }, "negative length in \(lengths)")
    self.lengths = lengths
    var offsets = [0]
    for (index, length) in lengths.enumerated() { offsets.append(offsets[index] + length) }
    self.offsets = offsets
  }

  /// Number of sequences.
  public var count: Int { lengths.count }
  /// N: tokens of all sequences.
  public var tokenCount: Int { offsets[lengths.count] }
  /// Rows of sequence `index`.
  public func rows(of index: Int) -> Range<Int> { offsets[index]..<offsets[index + 1] }
  /// 0, 1, … for each sequence, one a row.
  public var positions: [Int32] { lengths.flatMap { 0..<Int32($0) } }
}
