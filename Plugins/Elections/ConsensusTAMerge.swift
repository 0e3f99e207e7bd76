import PluginAPI

/// Consensus task arithmetic (arXiv 2405.07813): τ = Σᵢ Δᵢ, and of it what matters to at least `k`
/// models; `Consensus` has the formula. One pass.
struct ConsensusTAMerge: MergeMethod {
  static let name = "consensus_ta"
  static let summary = "The sum of task vectors where it matters to several models."
  static let contract = MergeContract.elections

  struct Options: PluginOptions {
    @Shared var consensus = ConsensusOptions()
  }

  private let consensus: Consensus

  init(_ options: Options) { consensus = Consensus(options.consensus) }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    try consensus.merge(tensor) { _, deltas, mixed in
      for delta in deltas { mixed.add(delta) }
    }
  }
}
