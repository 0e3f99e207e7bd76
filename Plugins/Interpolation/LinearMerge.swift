import PluginAPI

/// The weighted average ("model soup", arXiv 2203.05482): Y = Σ wᵢXᵢ, divided by Σ wᵢ if
/// `normalize`. A base model is one more input.
///
/// mergekit divides by a sum of 0 and writes infinities; here that is an error. A model of weight 0
/// is not read, so that nothing it holds can reach the result.
struct LinearMerge: MergeMethod {
  static let name = "linear"
  static let summary = "The weighted average of all models (model soup)."
  static let contract = MergeContract(
    base: .ignored, missing: .mergePresent, required: ["weight"])

  struct Options: PluginOptions {
    @Setting("Divides by the sum of the weights.") var normalize = true
  }

  struct Input: PluginOptions {
    @Setting("Share of this model.") var weight = 1.0
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<Input>) throws {
    var weights = tensor.inputs.map(\.parameters.weight)
    if options.normalize {
      weights = try weights.normalised(for: tensor.name, option: "normalize")
    }
    try tensor.write(
      zip(tensor.inputs, weights).map { WeightedSource(source: $0.source, coefficient: $1) })
  }
}
