internal import PluginAPI

/// Everything that the rows of missing tokens can be made of, for one matrix.
struct TransplantTask {
  /// The model's rows [Vm, C], as stored.
  let model: Tensor
  /// The donor's rows [Vd, D], as stored.
  let donor: Tensor
  /// Rows that both have; donor rows beyond the donor's matrix are left out.
  let shared: [SharedToken]
  /// Donor ids whose rows are asked for.
  let targets: [Int]
  let isHead: Bool

  /// The donor's rows of the shared tokens, f32 [S, D].
  func sharedDonorRows() -> Tensor {
    Tensor.gathered(shared.map(\.donor), from: [donor]).converted(to: .f32)
  }

  /// The donor's rows of some targets, f32 [range.count, D].
  func targetRows(_ range: Range<Int>) -> Tensor {
    Tensor.gathered(Array(targets[range]), from: [donor]).converted(to: .f32)
  }

  /// Row `row` of the model's matrix.
  func modelRow(_ row: Int) -> [Float] { model.rows(row..<row + 1).converted(to: .f32).floats() }

  /// One row for each combination, f32 [combinations.count, C], summed in double.
  func combined(_ combinations: [RowCombination]) -> Tensor {
    let results = combinations.map { _ in Slot([Float]()) }
    ThreadPool.shared.parallel(combinations.count) { index in
      var sum = [Double](repeating: 0, count: model.width)
      for (row, weight) in zip(combinations[index].rows, combinations[index].weights) {
        addScaled(modelRow(row), by: weight, to: &sum)
      }
      results[index].value = sum.map { Float($0) }
    }
    return Tensor(results.flatMap(\.value), shape: [combinations.count, model.width])
  }
}

/// Σ weights[i] · model row rows[i].
struct RowCombination: Equatable {
  var rows: [Int] = []
  var weights: [Double] = []
}

/// Makes the rows of a task's targets.
protocol RowApproximation {
  /// Targets to ask for at once.
  var blockSize: Int { get }
  /// The rows of targets `range`, f32 [range.count, C].
  func rows(_ range: Range<Int>) throws -> Tensor
}

/// A result that one index of a parallel loop writes and nobody else.
final class Slot<Value> {
  var value: Value
  init(_ value: Value) { self.value = value }
}

/// Σ a · b in double, four sums side by side so that additions do not wait for each other.
func dot<A: BinaryFloatingPoint, B: BinaryFloatingPoint>(_ a: [A], _ b: [B]) -> Double {
  precondition(a.count == b.count, "\(a.count) and \(b.count) values")
  var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
  let whole = a.count & ~3
  for i in stride(from: 0, to: whole, by: 4) {
    s0 += Double(a[i]) * Double(b[i])
    s1 += Double(a[i + 1]) * Double(b[i + 1])
    s2 += Double(a[i + 2]) * Double(b[i + 2])
    s3 += Double(a[i + 3]) * Double(b[i + 3])
  }
  for i in whole..<a.count { s0 += Double(a[i]) * Double(b[i]) }
  return (s0 + s1) + (s2 + s3)
}

/// sum += factor · row.
func addScaled(_ row: [Float], by factor: Double, to sum: inout [Double]) {
  precondition(row.count == sum.count, "\(row.count) and \(sum.count) values")
  for index in sum.indices { sum[index] += factor * Double(row[index]) }
}
