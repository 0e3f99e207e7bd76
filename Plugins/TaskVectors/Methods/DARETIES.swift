import PluginAPI

/// DARE (arXiv 2311.03099) followed by the sign election of TIES (arXiv 2306.01708):
/// each element of Δ_i stays with probability `density` and is scaled up; of w_i·Δ_i those with the
/// sign of their sum are added; Y = B + λ · Σ w_i·Δ_i over them.
///
/// `rescale` (true) matches Σ|Δ| as mergekit does; the paper multiplies by 1/density. `normalize`
/// is false.
struct DARETIES: MergeMethod {
  static let name = "dare_ties"
  static let summary = "Drops elements of task vectors at random, elects signs, adds what agrees."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: false, rescale: true)
  }
  typealias Input = DenseInput

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: true) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { RandomDrop(density: $0.density) }
  }
}
