import PluginAPI

/// DARE, drop and rescale, with a weighted sum (arXiv 2311.03099):
/// each element of Δ_i stays with probability `density`; what stays is scaled up;
/// Y = B + λ · Σ w_i·Δ_i.
///
/// `rescale` (true) matches Σ|Δ| as mergekit does; the paper multiplies by 1/density, which has the
/// same expectation. `normalize` is false.
struct DARELinear: MergeMethod {
  static let name = "dare_linear"
  static let summary = "Drops elements of task vectors at random, scales the rest up, adds them."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: false, rescale: true)
  }
  typealias Input = DenseInput

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: false) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { RandomDrop(density: $0.density) }
  }
}
