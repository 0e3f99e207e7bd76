import PluginAPI

/// RAM+ with tensor-local factors (arXiv 2601.13572): as RAM, but what model i has changed alone is
/// multiplied by λ_i = 1 + r · clamp(ρ_i, 0, alpha), which makes up for what averaging takes from
/// it. ρ_i = #shared_i / max(#alone_i, epsilon) counts the elements of this tensor in which the
/// model is active with others and alone.
struct RAMPlus: MergeMethod {
  static let name = "ramplus_tl"
  static let summary =
    "As ram, with changes that one model made alone enlarged by how much it shares."
  static let contract = MergeContract.taskVectors()

  struct Options: PluginOptions {
    @Setting("Changes of at most this size count as none.") var epsilon = 1e-5
    @Setting("How much of the ratio of shared to unshared changes is added.") var r = 0.1
    @Setting("The ratio counts up to here.") var alpha = 0.2
  }

  private let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let vectors = try tensor.taskVectors()
    let sum = SharedSum(threshold: Float(options.epsilon))
    try sum.write(tensor, vectors, factors: factors(tensor, vectors, sum))
  }

  private func factors(
    _ tensor: TensorMerge<NoOptions>, _ vectors: [TaskVector<NoOptions>], _ sum: SharedSum
  ) -> [Double] {
    let none = vectors.map { _ in (alone: 0, shared: 0) }
    let parts = tensor.accumulate(from: none) { block, totals in
      let deltas = vectors.map { $0.values(in: block) }
      let counts = sum.counts(deltas, in: block)
      for (index, delta) in deltas.enumerated() {
        let found = delta.shares(counts: counts, above: sum.threshold)
        totals[index].alone += found.alone
        totals[index].shared += found.shared
      }
    }
    return vectors.indices.map { index in
      let alone = parts.reduce(0) { $0 + $1[index].alone }
      let shared = parts.reduce(0) { $0 + $1[index].shared }
      return factor(alone: alone, shared: shared)
    }
  }

  private func factor(alone: Int, shared: Int) -> Double {
    // Where nothing is shared the ratio is 0 even for an epsilon of 0.
    let ratio = shared == 0 ? 0 : Double(shared) / max(Double(alone), options.epsilon)
    return 1 + options.r * min(max(ratio, 0), options.alpha)
  }
}
