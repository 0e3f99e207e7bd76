import PluginAPI

/// Orthogonal projection-based continual merging (arXiv 2501.09522): models are added one after
/// the other, each by what of it does not touch the leading directions merged so far.
///
/// M = Δ₁; then for each further Δ, with M = U Σ Vᵀ (square U, V) and s the first index (from 0) where
/// the running share of σ exceeds `alpha`: R = UᵀΔV loses its diagonal and its leading s × s block,
/// and M ← M + U R Vᵀ. Vectors and other tensors: M ← M + Δ. At the end Y = B + c · M.
///
/// The paper multiplies M by mean‖Δ‖/‖M‖ after every step, norms over the whole model, and the next
/// step takes the factor back: so only the last one counts. Here c is that factor with the norms of
/// this tensor alone, which makes tensors differ in scale where the paper's model has one;
/// `rescale: false` leaves c = 1.
///
/// What R loses lies within the min(rows, columns) directions of the thin decomposition, so
/// U R Vᵀ = Δ − U · (what R loses) · Vᵀ needs no square U and V.
struct OPCMMerge: MergeMethod {
  static let name = "opcm"
  static let summary = "Adds models one by one, outside the directions that were merged before."
  static let contract = MergeContract.spectral

  struct Options: PluginOptions {
    @Setting("Share of the singular values whose directions later models leave alone.", in: 0.0..<1)
    var alpha = 0.5
    @Setting("Scales the merged task vector to the mean length of the models', tensor by tensor.")
    var rescale = true
  }

  private let alpha: Double
  private let rescales: Bool

  init(_ options: Options) {
    alpha = options.alpha
    rescales = options.rescale
  }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    guard tensor.shape.count == 2 else { return try mergeSum(tensor) }
    try tensor.mergeMatrix(scale: 1) { deltas in
      var merged = try deltas[0]
      var lengths = [merged.frobeniusNorm]
      for index in 1..<max(1, deltas.count) {
        let delta = try deltas[index]
        lengths.append(delta.frobeniusNorm)
        merged = merged + (try outside(merged, delta))
      }
      return merged * scale(lengths, of: merged.frobeniusNorm)
    }
  }

  /// What of `delta` does not touch the leading directions of `merged`.
  private func outside(_ merged: Matrix, _ delta: Matrix) throws -> Matrix {
    let svd = try merged.svd()
    let split = leadingCount(svd.s)
    let inside = svd.u.times(delta, transposeSelf: true).times(svd.vT, transposeOther: true)
    var lost = Matrix(zeros: inside.rows, by: inside.columns)
    for index in 0..<inside.rows { lost[index, index] = inside[index, index] }
    for row in 0..<split {
      for column in 0..<split { lost[row, column] = inside[row, column] }
    }
    return delta - svd.u.times(lost).times(svd.vT)
  }

  private func leadingCount(_ values: [Double]) -> Int {
    let sum = values.reduce(0, +)
    var running = 0.0
    return values.firstIndex { value in
      running += value
      return running / sum > alpha
    } ?? 0
  }

  private func mergeSum(_ tensor: TensorMerge<NoOptions>) throws {
    let base = try tensor.requiredBase()
    let zeros = [Double](repeating: 0, count: tensor.inputs.count + 1)
    let squares = tensor.accumulate(from: zeros) { block, squares in
      let origin = block.values(of: base)
      let sum = block.zeros()
      for (index, input) in tensor.inputs.enumerated() {
        let delta = block.delta(of: input.source, from: origin)
        squares[index] += delta.sumOfSquares
        sum.add(delta)
      }
      squares[tensor.inputs.count] += sum.sumOfSquares
    }.reduce(zeros) { zip($0, $1).map(+) }
    let lengths = squares.map { $0.squareRoot() }
    let factor = scale(Array(lengths.dropLast()), of: lengths.last ?? 0)
    try tensor.writeSum(weights: tensor.inputs.map { _ in factor })
  }

  /// By what a merged task vector of a length is multiplied, given the models' lengths.
  private func scale(_ lengths: [Double], of merged: Double) -> Double {
    guard rescales, merged > 0, !lengths.isEmpty else { return 1 }
    return lengths.reduce(0, +) / Double(lengths.count) / merged
  }
}
