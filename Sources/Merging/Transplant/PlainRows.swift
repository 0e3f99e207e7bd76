internal import PluginAPI

/// Every missing token gets the mean of the model's rows.
struct MeanRow: RowApproximation {
  let blockSize = 4096
  private let mean: [Float]

  init(_ task: TransplantTask) { mean = meanRow(of: task.model).map { Float($0) } }

  func rows(_ range: Range<Int>) -> Tensor {
    Tensor.gathered(
      Array(repeating: 0, count: range.count), from: [Tensor(mean, shape: [1, mean.count])])
  }
}

/// Every missing token gets zeros.
struct ZeroRow: RowApproximation {
  let blockSize = 4096
  let width: Int

  func rows(_ range: Range<Int>) -> Tensor { Tensor(zeros: [range.count, width]) }
}

/// Standard normal rows, each by the donor's id: the same whatever else is missing.
struct NormalRows: RowApproximation {
  let blockSize = 4096
  let task: TransplantTask
  let random: CounterRNG

  func rows(_ range: Range<Int>) -> Tensor {
    let results = range.map { _ in Slot([Float]()) }
    ThreadPool.shared.parallel(range.count) { index in
      let row = random.substream(UInt64(task.targets[range.lowerBound + index]))
      results[index].value = (0..<task.model.width).map { Float(row.normal(UInt64($0))) }
    }
    return Tensor(results.flatMap(\.value), shape: [range.count, task.model.width])
  }
}

/// Draws from the normal distribution with mean and covariance of the model's rows (Hewitt,
/// "Initializing new word embeddings for pretrained language models", 2021).
struct CovarianceRows: RowApproximation {
  let blockSize = 4096
  private let normal: NormalRows
  /// f32 [1, C].
  private let mean: Tensor
  /// Lᵀ of covariance = L Lᵀ, f32 [C, C].
  private let factor: Tensor

  init(_ task: TransplantTask, random: CounterRNG) {
    normal = NormalRows(task: task, random: random)
    let mean = meanRow(of: task.model)
    self.mean = Tensor(mean.map { Float($0) }, shape: [1, mean.count])
    factor = Self.factor(covariance(of: task.model, mean: self.mean), width: mean.count)
  }

  func rows(_ range: Range<Int>) -> Tensor {
    let centre = Tensor.gathered(Array(repeating: 0, count: range.count), from: [mean])
    return matmul(normal.rows(range), factor).adding(centre)
  }

  private static func factor(_ covariance: [Float], width: Int) -> Tensor {
    var trace = 0.0
    for i in 0..<width { trace += Double(covariance[i * width + i]) }
    // Fewer rows than columns leave directions without variance; f32 sums leave 1e-7 of noise.
    let jitter = max(1e-5 * trace / Double(max(1, width)), .leastNormalMagnitude)
    var factor = CholeskyFactor()
    for i in 0..<width {
      let products = covariance[i * width..<i * width + i].map { Double($0) }
      _ = factor.append(
        products: products, square: Double(covariance[i * width + i]) + jitter, tolerance: 0,
        floor: jitter)
    }
    var transposed = [Float](repeating: 0, count: width * width)
    for i in 0..<width {
      for j in 0...i { transposed[j * width + i] = Float(factor.rows[i][j]) }
    }
    return Tensor(transposed, shape: [width, width])
  }
}

/// Rows that are looked at together where all rows are.
private let block = 4096

/// The mean of all rows of a stored matrix, in double.
func meanRow(of matrix: Tensor) -> [Double] {
  var sum = [Double](repeating: 0, count: matrix.width)
  for start in stride(from: 0, to: matrix.shape[0], by: block) {
    let part = matrix.rows(start..<min(matrix.shape[0], start + block)).converted(to: .f32)
    for row in 0..<part.rows { addScaled(part.rows(row..<row + 1).floats(), by: 1, to: &sum) }
  }
  return sum.map { $0 / Double(max(1, matrix.shape[0])) }
}

/// The covariance of the rows, divided by their number: C · C values. `mean` is [1, C].
private func covariance(of matrix: Tensor, mean: Tensor) -> [Float] {
  let (rows, width) = (matrix.shape[0], matrix.width)
  let sum = Tensor(zeros: [width, width])
  for start in stride(from: 0, to: rows, by: block) {
    let part = matrix.rows(start..<min(rows, start + block)).converted(to: .f32)
    let means = Tensor.gathered(Array(repeating: 0, count: part.rows), from: [mean])
    let centred = part.adding(means, times: -1)
    sum.add(matmul(centred, centred, transposeA: true), times: 1 / Float(rows))
  }
  return sum.floats()
}
