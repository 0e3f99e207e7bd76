import PluginAPI

/// Task singular vectors, TSV-Merge (arXiv 2412.00081): the leading singular directions of every
/// task vector, made orthogonal to each other so that tasks interfere less.
///
/// With r = min(rows, columns) and N models, the first ⌊r/N⌋ triplets of every Δᵢ side by side are
/// U*, σ*, V*; U* and V* are replaced by their polar factors; τ = U* · diag(σ*) · V*ᵀ;
/// Y = B + `alpha` · τ. Tensors that are no matrices, and matrices with r < N, which leave no
/// direction to a task: τ is the mean of Δᵢ.
///
/// Directions with σ ≤ 1e-12 · σ_max of their task are arbitrary and are left out.
struct TSVMerge: MergeMethod {
  static let name = "tsv_m"
  static let summary = "Leading singular directions of every task vector, made orthogonal."
  static let contract = MergeContract.spectral

  struct Options: PluginOptions {
    @Setting("Factor on the merged task vector.") var alpha = 1.0
  }

  private let alpha: Double

  init(_ options: Options) { alpha = options.alpha }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    if let smaller = tensor.shape.min(), smaller < tensor.inputs.count {
      return try tensor.writeMean(scale: alpha)
    }
    try tensor.mergeMatrix(scale: alpha) { deltas in
      var directions = Directions()
      for index in 0..<deltas.count {
        directions.append(try deltas[index].svd(), first: deltas.rank / deltas.count)
      }
      return try directions.product(scales: directions.values)
        ?? Matrix(zeros: deltas.rows, by: deltas.columns)
    }
  }
}
