import PluginAPI

/// Isotropic merging in common and task-specific subspaces, Iso-CTS (arXiv 2502.04959): a flat
/// spectrum over the leading directions of the sum and of what each task has besides.
///
/// With r = min(rows, columns) and N models, T = round((r − ⌊r · `common_space_fraction`⌋)/N) · N
/// directions (half to even, at most r) are divided among the tasks, T/N each; the first r − T of
/// S = Σᵢ Δᵢ are common. Of task i they are the first of Δᵢ − U_c U_cᵀ Δᵢ. All side by side are U*,
/// V*, each replaced by its polar factor; τ = U* · mean(σ*) · V*ᵀ; Y = B + `scaling_factor` · τ.
/// Tensors that are no matrices: τ is the mean of Δᵢ.
///
/// Directions with σ ≤ 1e-12 · σ_max are arbitrary; they are left out and count as 0 in the mean.
struct IsoCTSMerge: MergeMethod {
  static let name = "iso_cts"
  static let summary = "A flat spectrum over common and task-specific singular directions."
  static let contract = MergeContract.spectral

  struct Options: PluginOptions {
    @Setting("Factor on the merged task vector; about 1.3–1.5 for 8 tasks.")
    var scalingFactor = 1.0
    @Setting("Share of the directions that come from the sum.", in: 0.0...1)
    var commonSpaceFraction = 0.8
  }

  private let scale: Double
  private let fraction: Double

  init(_ options: Options) {
    scale = options.scalingFactor
    fraction = options.commonSpaceFraction
  }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    try tensor.mergeMatrix(scale: scale) { deltas in
      let perTask = directionsPerTask(deltas)
      let common = deltas.rank - perTask * deltas.count
      let sum = try deltas.sum().svd().truncated(to: common)
      var directions = Directions()
      if perTask > 0 {
        for index in 0..<deltas.count {
          let delta = try deltas[index]
          let shared = sum.u.times(sum.u.times(delta, transposeSelf: true))
          directions.append(try (delta - shared).svd(), first: perTask)
        }
      }
      directions.append(sum, first: common)
      let mean = directions.values.reduce(0, +) / Double(deltas.rank)
      return try directions.product(scales: directions.values.map { _ in mean })
        ?? Matrix(zeros: deltas.rows, by: deltas.columns)
    }
  }

  private func directionsPerTask(_ deltas: TaskMatrices) -> Int {
    let specific = deltas.rank - Int(Double(deltas.rank) * fraction)
    let share = (Double(specific) / Double(deltas.count)).rounded(.toNearestOrEven)
    // Rounding up may ask for more directions than there are.
    return min(Int(share), deltas.rank / deltas.count)
  }
}
