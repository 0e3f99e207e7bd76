import PluginAPI

/// Isotropic merging in the common subspace, Iso-C (arXiv 2502.04959): the sum of task vectors with
/// a flat spectrum.
///
/// S = Σᵢ Δᵢ = U Σ Vᵀ; τ = mean(σ) · U Vᵀ; Y = B + `scaling_factor` · τ. Tensors that are no
/// matrices: τ is the mean of Δᵢ.
///
/// Where S has less than full rank, U Vᵀ is arbitrary in the null space: directions with
/// σ ≤ 1e-12 · σ_max are left out, and count in the mean as they are.
struct IsoCMerge: MergeMethod {
  static let name = "iso_c"
  static let summary = "The sum of task vectors with all its singular values equal."
  static let contract = MergeContract.spectral

  struct Options: PluginOptions {
    @Setting("Factor on the merged task vector; about 1.3–1.5 for 8 tasks.")
    var scalingFactor = 1.0
  }

  private let scale: Double

  init(_ options: Options) { scale = options.scalingFactor }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    try tensor.mergeMatrix(scale: scale) { deltas in
      let svd = try deltas.sum().svd()
      let kept = svd.truncated(to: svd.rank())
      return kept.u.times(kept.vT) * (svd.s.reduce(0, +) / Double(svd.s.count))
    }
  }
}
