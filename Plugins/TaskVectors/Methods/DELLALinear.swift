import PluginAPI

/// DELLA's drop by magnitude ranks (arXiv 2406.11617) with a weighted sum:
/// each element of a row of Δ_i stays with a probability between density − `epsilon` (its smallest)
/// and density + `epsilon` (its largest); what stays is scaled up; Y = B + λ · Σ w_i·Δ_i.
///
/// `rescale` (true) matches Σ|Δ| of the tensor as mergekit does (the paper: 1/p an element);
/// `normalize` is false.
struct DELLALinear: MergeMethod {
  static let name = "della_linear"
  static let summary =
    "Drops small elements of task vectors more often than large, adds the rest."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: false, rescale: true)
  }
  typealias Input = Magprune.Input

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: false) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { Magprune($0) }
  }
}
