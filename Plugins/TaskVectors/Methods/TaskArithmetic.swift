import PluginAPI

/// Editing models with task arithmetic (arXiv 2212.04089):
/// Y = B + λ · Σ w_i · (X_i − B), divided by Σ w_i with `normalize`.
///
/// Negative weights unlearn. `density` and `rescale` are accepted as in mergekit and change nothing.
struct TaskArithmetic: MergeMethod {
  static let name = "task_arithmetic"
  static let summary = "Adds the weighted differences of fine-tuned models to their base."
  static let contract = MergeContract.taskVectors(required: ["weight"])

  struct Options: PluginOptions {
    @Shared var mix = MixOptions(normalize: false, rescale: false)
  }
  typealias Input = DenseInput

  private let mixture: Mixture

  init(_ options: Options) { mixture = Mixture(options.mix, electsSigns: false) }

  func merge(_ tensor: TensorMerge<Input>) throws {
    try mixture.merge(tensor) { _ in KeepAll() }
  }
}
