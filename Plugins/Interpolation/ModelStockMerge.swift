import PluginAPI

/// Model Stock (arXiv 2403.19522): the models' mean, drawn to the base by as much as their task
/// vectors disagree.
///
/// With c the mean cosine between task vectors Δᵢ = Xᵢ − B of all pairs of N models and
/// t = Nc/(1 + (N−1)c): Y = t · mean(X) + (1−t)B, written as B + t · mean(Δ). With `filter_wise`
/// each row of the last axis has a t of its own (a tensor of one axis is one row).
///
/// As in mergekit 0.1.5: a cosine's divisor ‖Δᵢ‖‖Δⱼ‖ is at least 1e-6, which makes cosines of
/// shorter task vectors too small; |1 + (N−1)c| < 1e-6 gives t = 0; t may be negative or above 1.
struct ModelStockMerge: MergeMethod {
  static let name = "model_stock"
  static let summary = "The models' mean, drawn to the base by how much they disagree."
  static let contract = MergeContract(
    base: .required, inputs: 2...1000, missing: .copyBaseOrDrop)

  struct Options: PluginOptions {
    @Setting("Measures every row for itself.") var filterWise = false
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let (base, sources) = (try tensor.requiredBase(), tensor.inputs.map(\.source))
    if options.filterWise && tensor.shape.count > 1 {
      try mergeRows(tensor, base, sources)
    } else {
      let share = Self.share(tensor.gram(of: sources, from: base)) / Double(sources.count)
      try tensor.write(
        sources.map { WeightedSource(source: $0, coefficient: share) }, from: base)
    }
  }

  private func mergeRows(
    _ tensor: TensorMerge<NoOptions>, _ base: MergeSource, _ sources: [MergeSource]
  ) throws {
    try tensor.write(by: .rows) { block, result in
      let origin = block.values(of: base)
      let deltas = sources.map { block.delta(of: $0, from: origin) }
      result.copy(origin)
      for row in 0..<block.rowCount {
        let vectors = deltas.map { block.row(row, of: $0) }
        var gram = GramMatrix(size: vectors.count)
        gram.add(vectors)
        let sum = vectors[0]
        for vector in vectors.dropFirst() { sum.add(vector) }
        block.row(row, of: result).add(
          sum, times: Float(Self.share(gram) / Double(vectors.count)))
      }
    }
  }

  /// t, from the products of the task vectors. A single one agrees with nobody.
  private static func share(_ gram: GramMatrix) -> Double {
    let count = Double(gram.size)
    guard gram.size > 1 else { return 0 }
    var sum = 0.0
    for row in 0..<gram.size {
      for column in 0..<row {
        let divisor = max(gram.length(row) * gram.length(column), 1e-6)
        sum += min(1, max(-1, gram[row, column] / divisor))
      }
    }
    let cosine = sum / (count * (count - 1) / 2)
    let divisor = 1 + (count - 1) * cosine
    return abs(divisor) < 1e-6 ? 0 : count * cosine / divisor
  }
}
