import PluginAPI

/// The mean of the changes that most models made in the same direction; elsewhere the base.
///
/// Where models of at least `agreement` of all weight share the sign of Σ wᵢΔᵢ, the change is their
/// Σ wᵢΔᵢ / Σ wᵢ, else 0. With `keep_length` all of it is scaled to the mean ‖Δᵢ‖.
struct MajorityMean: MergeMethod {
  static let name = "majority_mean"
  static let summary = "The mean of the changes that most models made in the same direction."
  static let contract = MergeContract(base: .required, missing: .needBase)

  struct Options: PluginOptions {
    @Setting("Share of all weight that must agree on a sign.", in: 0...1) var agreement = 0.6
    @Setting("Scales the change to the mean length of the models' changes.") var keepLength = false
  }

  struct Input: PluginOptions {
    @Setting("Votes of this model, and its share of the mean.", in: 0...) var weight = 1.0
  }

  private let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<Input>) throws {
    let base = try tensor.requiredBase()
    let scale = options.keepLength ? factor(tensor, base) : 1
    try tensor.write { block, result in
      let origin = block.values(of: base)
      result.copy(agreed(deltas(tensor, origin, in: block), tensor, in: block))
      result.scale(scale)
      result.add(origin)
    }
  }

  private func deltas(
    _ tensor: TensorMerge<Input>, _ origin: Vector, in block: MergeBlock
  ) -> [Vector] {
    tensor.inputs.map { block.delta(of: $0.source, from: origin) }
  }

  /// The merged change of a block.
  private func agreed(
    _ deltas: [Vector], _ tensor: TensorMerge<Input>, in block: MergeBlock
  ) -> Vector {
    let weights = tensor.inputs.map { Float($0.parameters.weight) }
    let (direction, mean, votes) = (block.zeros(), block.zeros(), block.zeros())
    for (delta, weight) in zip(deltas, weights) { direction.addRounded(delta, times: weight) }
    for (delta, weight) in zip(deltas, weights) {
      mean.addAgreeing(delta, weight: weight, direction: direction, weights: votes)
    }
    mean.divide(byNonzero: votes)
    let result = block.zeros()
    // A hair less, since sums of weights are rounded.
    let needed = Float(options.agreement) * weights.reduce(0, +) * (1 - 1e-5)
    result.take(mean, where: votes, isAtLeast: needed)
    return result
  }

  /// mean ‖Δᵢ‖ / ‖merged change‖, 1 where nothing changes: a pass of its own.
  private func factor(_ tensor: TensorMerge<Input>, _ base: MergeSource) -> Float {
    let none = [Double](repeating: 0, count: tensor.inputs.count + 1)
    let parts = tensor.accumulate(from: none) { block, squares in
      let deltas = deltas(tensor, block.values(of: base), in: block)
      for (index, delta) in deltas.enumerated() { squares[index] += delta.sumOfSquares }
      squares[deltas.count] += agreed(deltas, tensor, in: block).sumOfSquares
    }
    let lengths = none.indices.map { index in
      parts.reduce(0) { $0 + $1[index] }.squareRoot()
    }
    guard let merged = lengths.last, merged > 0 else { return 1 }
    return Float(lengths.dropLast().reduce(0, +) / Double(lengths.count - 1) / merged)
  }
}
