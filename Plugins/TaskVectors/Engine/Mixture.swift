import PluginAPI

/// The engine that eight methods share, for one tensor with base B and inputs X_i of weights w_i:
///
/// 1. sparsify Δ_i = X_i − B and, with `rescale`, multiply by Σ|Δ_i| / Σ|masked Δ_i|;
///    δ_i = w_i · Δ_i;
/// 2. with sign election the majority is + where Σ δ_i ≥ 0, else −: mix = Σ δ_i over those with the
///    majority's sign (a zero has none), div = Σ w_i over the same, 1 where that is 0;
///    without: mix = Σ δ_i, div = Σ w_i, 1 where |div| < 1e-8;
/// 3. Y = B + λ · mix (/ div with `normalize`).
///
/// As in mergekit: weights count in the election, and a small or negative div is not guarded.
struct Mixture: Sendable {
  let electsSigns: Bool
  let normalizes: Bool
  let rescales: Bool
  let lambda: Double

  init(_ options: MixOptions, electsSigns: Bool) {
    self.electsSigns = electsSigns
    normalizes = options.normalize
    rescales = options.rescale
    lambda = options.lambda
  }

  /// Passes: what sparsifying needs, one an input with a mask when rescaling, then one to write.
  ///
  /// - Throws: `Problem` when there is no base, and what the sparsifier and writing throw.
  func merge<Input: WeightedParameters, Rule: Sparsifier>(
    _ tensor: TensorMerge<Input>, sparsifier: (Input) -> Rule
  ) throws {
    let base = try tensor.requiredBase()
    if tensor.inputs.isEmpty { return try tensor.write(base) }
    let parts = try zip(tensor.taskVectors(), tensor.inputs).compactMap { vector, input in
      try Part(vector, input.parameters, sparsifier(input.parameters), rescales: rescales)
    }
    let scale = electsSigns ? lambda : lambda / divisor(of: tensor)
    try tensor.write(by: Rule.division) { block, result in
      let base = block.values(of: base)
      result.fill(0)
      if electsSigns {
        elect(parts, base, in: block, into: result)
        result.scale(Float(scale))
      } else {
        for part in parts {
          result.add(
            part.masked(in: block, base), times: Float(part.weight * part.rescaling * scale))
        }
      }
      result.add(base)
    }
  }

  /// What the plain sum is divided by: the weights of all inputs, kept or not.
  private func divisor<Input: WeightedParameters>(of tensor: TensorMerge<Input>) -> Double {
    guard normalizes else { return 1 }
    let sum = tensor.inputs.reduce(0) { $0 + $1.parameters.weight }
    return abs(sum) < 1e-8 ? 1 : sum
  }

  private func elect<Input>(
    _ parts: [Part<Input>], _ base: Vector, in block: MergeBlock, into result: Vector
  ) {
    let deltas = parts.map { part in
      let delta = part.masked(in: block, base)
      if part.rescaling != 1 { delta.scale(Float(part.rescaling)) }
      return delta
    }
    let (direction, weights) = (block.zeros(), block.zeros())
    for (part, delta) in zip(parts, deltas) {
      // Rounded as the parts of `addAgreeing`, so that opposite ones cancel to 0, which is +.
      direction.addRounded(delta, times: Float(part.weight))
    }
    for (part, delta) in zip(parts, deltas) {
      result.addAgreeing(
        delta, weight: Float(part.weight), direction: direction, weights: weights)
    }
    if normalizes { result.divide(byNonzero: weights) }
  }
}

/// A task vector that enters the mix.
private struct Part<Input: PluginOptions> {
  let vector: TaskVector<Input>
  let weight: Double
  /// By what the masked values are multiplied.
  let rescaling: Double
  private let mask: Sparsity.Mask?

  /// Nil when nothing of the task vector stays.
  init?<Rule: Sparsifier>(
    _ vector: TaskVector<Input>, _ parameters: Input, _ rule: Rule, rescales: Bool
  ) throws where Input: WeightedParameters {
    self.vector = vector
    weight = parameters.weight
    switch try rule.sparsity(of: vector) {
    case .nothing: return nil
    case .all: (mask, rescaling) = (nil, 1)
    case .masked(let mask):
      self.mask = mask
      rescaling = rescales ? vector.rescaling(by: mask, division: Rule.division) : 1
    }
  }

  func masked(in block: MergeBlock, _ base: Vector) -> Vector {
    let delta = block.delta(of: vector.source, from: base)
    mask?(delta, block)
    return delta
  }
}
