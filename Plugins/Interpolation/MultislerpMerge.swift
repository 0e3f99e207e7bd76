import Foundation
import PluginAPI

/// A weighted mean of directions, at the weighted mean of lengths, of any number of models or of
/// their differences to a base.
///
/// With nᵢ = ‖vᵢ‖, uᵢ = vᵢ/(nᵢ + ε) and M = Σ wᵢuᵢ: Y = cos ε · M/‖M‖ · Σ wᵢnᵢ (+ B). mergekit
/// 0.1.5 adds a step along the tangent Σ wᵢ(uᵢ − ⟨uᵢ,m⟩m), m = M/‖M‖, which is always 0: its sum
/// is M − ⟨M,m⟩m. Only the cosine of the tangent's padded length, ε, remains.
///
/// Where ‖M‖ < ε, or is what f32 leaves of directions that cancel, below 1e-7 · Σ|wᵢ|, there is no
/// direction: two inputs are then averaged, Σ wᵢvᵢ, as in mergekit, and so are any number of vectors
/// that are all no longer than ε (tensors that no model changed; an error in mergekit). More than
/// two that cancel are an error, and weights without a sum. A single input is returned.
struct MultislerpMerge: MergeMethod {
  static let name = "multislerp"
  static let summary = "The mean direction of several models at their mean length."
  static let contract = MergeContract(
    base: .optional, missing: .mergePresent, required: ["weight"])

  struct Options: PluginOptions {
    @Setting("Divides the weights by their sum.") var normalizeWeights = true
    @Setting("Added to lengths, and the length below which a mean has no direction.")
    var eps = 1e-8
  }

  struct Input: PluginOptions {
    @Setting("Share of this model.") var weight = 1.0
  }

  let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<Input>) throws {
    let sources = tensor.inputs.map(\.source)
    if sources.count == 1 { return try tensor.write(sources[0]) }
    var weights = tensor.inputs.map(\.parameters.weight)
    if options.normalizeWeights {
      weights = try weights.normalised(for: tensor.name, option: "normalize_weights")
    }
    let gram = tensor.gram(of: sources, from: tensor.base)
    let factors = try coefficients(gram, weights, for: tensor.name)
    try tensor.write(
      zip(sources, factors).map { WeightedSource(source: $0, coefficient: $1) },
      from: tensor.base)
  }

  /// What the vectors themselves are multiplied by.
  private func coefficients(
    _ gram: GramMatrix, _ weights: [Double], for name: String
  ) throws -> [Double] {
    let lengths = weights.indices.map { gram.length($0) }
    let shares = zip(weights, lengths).map { $1 == 0 ? 0 : $0 / ($1 + options.eps) }
    let length = gram.length(of: shares)
    // What is left of f32 vectors that cancel is their rounding.
    let noise = 1e-7 * weights.reduce(0) { $0 + abs($1) }
    if length < max(options.eps, noise) {
      guard weights.count == 2 || lengths.allSatisfy({ $0 <= options.eps }) else {
        throw Problem(
          .badConfiguration, at: name, "the directions cancel under the weights \(weights)",
          hint: "give opposite models different weights, or use linear")
      }
      return weights
    }
    let meanLength = zip(weights, lengths).reduce(0) { $0 + $1.0 * $1.1 }
    let factor = cos(options.eps) * meanLength / length
    return shares.map { $0 * factor }
  }
}
