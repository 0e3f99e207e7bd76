public import Kernels

internal import Formats
internal import Synchronization

/// The inputs of one tensor on the output vocabulary, read in pieces: no rebuilt tensor is ever
/// held whole.
///
/// Safe to use from many threads at once.
public final class RebuiltRows: Sendable {
  public let alignment: VocabularyAlignment
  /// Elements of one row; 1 for a bias.
  public let rowElements: Int
  /// The common type: f64 when one of the inputs is, else f32, which holds the 16-bit types
  /// exactly.
  public let dtype: DType
  /// By member; nil for those that are no input.
  private let tensors: [Tensor?]
  /// By member the mean of its rows, f64 [1, rowElements], once a row of padding was read.
  private let paddings = Mutex<[Int: Tensor]>([:])

  /// - Parameters:
  ///   - alignment: Its inputs are the models that the tensor is merged from.
  ///   - tensors: The tensor of each input, in the order of `alignment.inputs`: [rows, …], f64,
  ///     f32, bf16 or f16.
  ///   - name: The tensor's name, for messages.
  /// - Throws: `Problem` (65) for other types, a number of rows that is not the model's, and rows
  ///   of different shapes.
  public init(
    _ alignment: VocabularyAlignment, tensors: [Tensor], name: String
  ) throws(Problem) {
    precondition(tensors.count == alignment.inputs.count, "\(tensors.count) tensors of \(name)")
    self.alignment = alignment
    rowElements = tensors.first?.rowElements ?? 0
    dtype = tensors.contains { $0.dtype == .f64 } ? .f64 : .f32
    var byMember = [Tensor?](repeating: nil, count: alignment.members.count)
    for (index, tensor) in zip(alignment.inputs, tensors) {
      let member = alignment.members[index]
      try Self.check(tensor, of: member, name: name, like: tensors[0])
      byMember[index] = tensor
    }
    self.tensors = byMember
  }

  private static func check(
    _ tensor: Tensor, of member: VocabularyMember, name: String, like first: Tensor
  ) throws(Problem) {
    func problem(_ what: String, _ expected: String) -> Problem {
      Problem(.badData, at: "\(member.name): tensor \(quoted(name))", what, expected: expected)
    }
    guard tensor.dtype.isFloatingPoint, !tensor.dtype.isQuantised else {
      throw problem("holds \(tensor.dtype) numbers", "f64, f32, bf16 or f16")
    }
    guard let height = tensor.shape.first, height == member.rows else {
      throw problem(
        "has shape \(tensor.shape)", "\(member.rows) rows, as many as the token embedding")
    }
    guard tensor.shape.dropFirst() == first.shape.dropFirst() else {
      throw problem(
        "has shape \(tensor.shape)", "rows of shape \(Array(first.shape.dropFirst()))")
    }
  }

  /// Writes rows `rows` of the rebuilt tensor of `member` to `target`, [≥ first + rows.count, …]
  /// with as many elements a row, from its row `first` on.
  ///
  /// Copied rows are exact in f32 (f64 inputs rounded) and in f64. Means are taken in f64 and
  /// rounded once. Reading the first row of padding reads all rows of the member once.
  ///
  /// - Parameters:
  ///   - member: An input of the alignment.
  ///   - target: f32 or f64; nobody else uses these rows meanwhile.
  public func read(
    member: Int, rows: Range<Int>, into target: Tensor, at first: Int = 0
  ) {
    precondition(alignment.inputs.contains(member), "member \(member) is no input")
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= alignment.rowCount,
      "rows \(rows) of \(alignment.rowCount)")
    let needsPadding = rows.contains { alignment.source(of: $0, in: member) == .padding }
    let padding = needsPadding ? padding(of: member) : nil
    let grain = max(1, 16_384 / max(1, rowElements))
    ThreadPool.shared.parallel(over: rows.count, grain: grain) { part in
      for offset in part {
        copy(
          alignment.source(of: rows.lowerBound + offset, in: member), of: member, to: target,
          at: first + offset, padding: padding)
      }
    }
  }

  private func copy(
    _ source: RowSource, of member: Int, to target: Tensor, at row: Int, padding: Tensor?
  ) {
    switch source {
    case .own(let index): copy(MemberRow(member: member, row: index), to: target, at: row)
    case .other(let other, let index):
      copy(MemberRow(member: other, row: index), to: target, at: row)
    case .mean(let parts): mean(of: parts).copyRows(0..<1, to: target, at: row)
    case .zero: target.clearRows(row..<row + 1)
    case .padding: padding?.copyRows(0..<1, to: target, at: row)
    }
  }

  private func copy(_ from: MemberRow, to target: Tensor, at row: Int) {
    tensors[from.member]?.copyRows(from.row..<from.row + 1, to: target, at: row)
  }

  private func mean(of parts: [MemberRow]) -> Tensor {
    let rows = Tensor(uninitialized: [parts.count, rowElements], dtype: .f64)
    for (index, part) in parts.enumerated() { copy(part, to: rows, at: index) }
    let mean = ColumnMean(width: rowElements)
    mean.add(rows, 0..<parts.count)
    return mean.mean()
  }

  /// The mean of all rows of `member` that have a token.
  private func padding(of member: Int) -> Tensor {
    paddings.withLock { paddings in
      if let known = paddings[member] { return known }
      let mean = ColumnMean(width: rowElements)
      // A few rows at a time, so that they are still in the cache when they are summed.
      let piece = max(1, 131_072 / max(1, rowElements))
      let buffer = Tensor(uninitialized: [piece, rowElements], dtype: .f64)
      var filled = 0
      for row in 0..<alignment.rowCount {
        let source = alignment.source(of: row, in: member)
        if source == .padding { continue }
        copy(source, of: member, to: buffer, at: filled, padding: nil)
        filled += 1
        if filled == piece {
          mean.add(buffer, 0..<filled)
          filled = 0
        }
      }
      mean.add(buffer, 0..<filled)
      paddings[member] = mean.mean()
      return mean.mean()
    }
  }
}
