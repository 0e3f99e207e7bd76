import PluginAPI

/// Model Breadcrumbs (arXiv 2312.06795) with the sign election of TIES (arXiv 2306.01708):
/// the share `gamma` of largest |Δ_i| goes as outliers, then the smallest until the share
/// `density` is left; of w_i·Δ_i those with the sign of their sum are added;
/// Y = B + λ · Σ w_i·Δ_i over them.
///
/// `normalize` and `rescale` are false.
struct BreadcrumbsTIES: MergeMethod {
  static let name = "breadcrumbs_ties"
  static let summary =
    "Drops the largest and smallest elements of task vectors, elects signs, adds what agrees."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: false, rescale: false)
  }
  typealias Input = Outliers.Input

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: true) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { Outliers($0) }
  }
}
