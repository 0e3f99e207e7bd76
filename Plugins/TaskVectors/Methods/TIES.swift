import PluginAPI

/// TIES-Merging: trim, elect sign and merge (arXiv 2306.01708):
/// 1. keep the share `density` of largest |Δ_i| of the tensor;
/// 2. the sign of an element is that of Σ w_i·Δ_i, + where it is 0;
/// 3. Y = B + λ · Σ w_i·Δ_i / Σ w_i, both over the models that agree with the sign.
///
/// As mergekit: weights count in the election and the mean (the paper has unit weights), and trimming
/// is per tensor (in the paper per model). `normalize` is true, `rescale` false.
struct TIES: MergeMethod {
  static let name = "ties"
  static let summary = "Trims task vectors by magnitude, elects signs, averages what agrees."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: true, rescale: false)
  }
  typealias Input = DenseInput

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: true) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { Magnitude(density: $0.density) }
  }
}
