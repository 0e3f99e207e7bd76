/// The mean of many rows, summed in f64 in the order in which they come: the same on any number of
/// threads.
public final class ColumnMean {
  private let sums: Tensor
  /// Rows so far.
  public private(set) var count = 0

  /// - Parameter width: Elements of a row.
  public init(width: Int) { sums = Tensor(zeros: [1, width], dtype: .f64) }

  /// Adds rows `range` of an f64 tensor [rows, width], columns split over the thread pool.
  public func add(_ rows: Tensor, _ range: Range<Int>) {
    precondition(rows.dtype == .f64, "a mean of \(rows.dtype)")
    precondition(rows.rowElements == sums.width, "rows of \(rows.shape), width \(sums.width)")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= rows.shape.first ?? 1,
      "rows \(range) of \(rows.shape)")
    let (to, from) = (
      sums.rawPointer.assumingMemoryBound(to: Double.self),
      rows.rawPointer.assumingMemoryBound(to: Double.self)
    )
    let width = sums.width
    withExtendedLifetime(rows) {
      ThreadPool.shared.parallel(over: width, grain: 512) { columns in
        for row in range {
          let values = from + row * width
          for column in columns { to[column] += values[column] }
        }
      }
    }
    count += range.count
  }

  /// The mean as f64 [1, width]; zeros when there were no rows.
  public func mean() -> Tensor {
    let result = sums.copied()
    let values = result.rawPointer.assumingMemoryBound(to: Double.self)
    for column in 0..<sums.width where count > 0 { values[column] /= Double(count) }
    return result
  }
}
