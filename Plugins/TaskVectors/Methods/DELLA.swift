import PluginAPI

/// DELLA-Merging (arXiv 2406.11617): drop by magnitude ranks, elect, fuse.
/// Each element of a row of Δ_i stays with a probability between density − `epsilon` (its smallest)
/// and density + `epsilon` (its largest); what stays is scaled up; the sign of an element is that of
/// Σ w_i·Δ_i; Y = B + λ · Σ w_i·Δ_i / Σ w_i, both over the models that agree with it.
///
/// `rescale` (true) matches Σ|Δ| of the tensor as mergekit does (the paper: 1/p an element), and
/// `normalize` is true: with one model its weight cancels.
struct DELLA: MergeMethod {
  static let name = "della"
  static let summary =
    "Drops small elements of task vectors more often than large, elects signs, averages."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: true, rescale: true)
  }
  typealias Input = Magprune.Input

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: true) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { Magprune($0) }
  }
}
