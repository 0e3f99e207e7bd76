import PluginAPI

/// Model Breadcrumbs (arXiv 2312.06795):
/// the share `gamma` of largest |Δ_i| goes as outliers, then the smallest until the share
/// `density` is left; Y = B + λ · Σ w_i·Δ_i.
///
/// Per tensor as in mergekit (the paper: per layer). `normalize` and `rescale` are false.
struct Breadcrumbs: MergeMethod {
  static let name = "breadcrumbs"
  static let summary = "Drops the largest and smallest elements of task vectors, adds the rest."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: false, rescale: false)
  }
  typealias Input = Outliers.Input

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: false) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { Outliers($0) }
  }
}
