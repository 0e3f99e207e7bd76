import PluginAPI

/// Keeps the k = max(1, floor(density · n)) elements of largest |Δ| of the whole tensor (TIES,
/// arXiv 2306.01708, step 1); all for a density of 1 or more, none for 0 or less. Of equal
/// magnitudes the lowest indices stay.
///
/// Exact: the threshold is found by counting, in two or three passes and without a sort.
struct Magnitude: Sparsifier {
  static let division = MergeDivision.elements
  let density: Double

  func sparsity<Input>(of vector: TaskVector<Input>) -> Sparsity {
    if density >= 1 { return .all }
    if density <= 0 { return .nothing }
    let kept = max(1, share(density, of: vector.tensor.count))
    return vector.keeping(descendingRanks: 0..<kept)
  }
}

extension TaskVector {
  /// Keeps the magnitudes of these ranks, largest first.
  func keeping(descendingRanks ranks: Range<Int>) -> Sparsity {
    let selection = tensor.selection(ofDescendingRanks: ranks) { magnitudes(in: $0) }
    switch selection {
    case .all: return .all
    case .none: return .nothing
    case .band:
      return .masked { delta, block in
        let keys = block.scratch()
        keys.setMagnitudes(delta)
        selection.keep(delta, keys: keys, in: block)
      }
    }
  }
}
