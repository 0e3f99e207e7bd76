import PluginAPI

/// Reinforced Agent Merging (arXiv 2601.13572): what one model alone has changed is taken as it
/// is, what several have changed is averaged.
///
/// Model i is active in an element where |Δ_i| > `epsilon`; c counts the active ones.
/// Y = B + Σ Δ_i / c over the active models.
struct RAM: MergeMethod {
  static let name = "ram"
  static let summary = "Adds changes that one model made alone, averages changes of several."
  static let contract = MergeContract.taskVectors()

  struct Options: PluginOptions {
    @Setting("Changes of at most this size count as none.") var epsilon = 1e-5
  }

  private let threshold: Float

  init(_ options: Options) { threshold = Float(options.epsilon) }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let vectors = try tensor.taskVectors()
    let sum = SharedSum(threshold: threshold)
    try sum.write(tensor, vectors, factors: vectors.map { _ in 1 })
  }
}

/// The sum that both forms of the method write.
struct SharedSum {
  let threshold: Float

  /// Y = B + Σ Δ_i over the active models, those that are active alone times their factor, the
  /// others divided by their number.
  func write<Input>(
    _ tensor: TensorMerge<Input>, _ vectors: [TaskVector<Input>], factors: [Double]
  ) throws {
    let base = try tensor.requiredBase()
    if vectors.isEmpty { return try tensor.write(base) }
    try tensor.write { block, result in
      let base = block.values(of: base)
      let deltas = vectors.map { block.delta(of: $0.source, from: base) }
      let counts = counts(deltas, in: block)
      result.fill(0)
      for (delta, factor) in zip(deltas, factors) {
        result.addShared(delta, counts: counts, above: threshold, unique: Float(factor))
      }
      result.add(base)
    }
  }

  /// How many models are active, an element each.
  func counts(_ deltas: [Vector], in block: MergeBlock) -> Vector {
    let counts = block.zeros()
    for delta in deltas { counts.countMagnitudes(of: delta, above: threshold) }
    return counts
  }
}
