import PluginAPI

/// Consensus TIES (arXiv 2405.07813): the TIES sum, and of it what matters to at least `k` models.
///
/// Of each Δᵢ the share `density` of largest magnitude in the tensor is kept (of equal ones the
/// lowest indices), the sign of an element is that of the sum of what was kept, + where that is 0,
/// and τ sums what agrees with it. The masks compare whole Δᵢ with τ; `Consensus` has the formula.
/// Passes: two or three an input to select, one to write.
struct ConsensusTIESMerge: MergeMethod {
  static let name = "consensus_ties"
  static let summary = "The TIES sum of task vectors where it matters to several models."
  static let contract = MergeContract.elections

  struct Options: PluginOptions {
    @Shared var consensus = ConsensusOptions()
    @Setting("Share of each task vector's elements that enter the sum.", in: 0.0...1)
    var density = 0.2
  }

  private let consensus: Consensus
  private let density: Double

  init(_ options: Options) {
    consensus = Consensus(options.consensus)
    density = options.density
  }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let base = try tensor.requiredBase()
    let kept = max(1, Int(density * Double(tensor.count)))
    let selections = tensor.inputs.map { input in
      tensor.selection(ofDescendingRanks: 0..<kept) { block in
        let delta = block.delta(of: input.source, from: base)
        delta.setMagnitudes(delta)
        return delta
      }
    }
    try consensus.merge(tensor) { block, deltas, mixed in
      let trimmed = zip(deltas, selections).map { delta, selection in
        let (values, keys) = (block.scratch(), block.scratch())
        values.copy(delta)
        keys.setMagnitudes(delta)
        selection.keep(values, keys: keys, in: block)
        return values
      }
      let (direction, weights) = (block.zeros(), block.zeros())
      for values in trimmed { direction.add(values) }
      for values in trimmed {
        mixed.addAgreeing(values, weight: 1, direction: direction, weights: weights)
      }
    }
  }
}
