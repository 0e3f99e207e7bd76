import PluginAPI

/// Select, calculate, erase (FuseChat, arXiv 2408.07990), weights found by the method itself:
/// 1. with `select_topk` < 1: of the elements whose Δ_i vary over the models, the share of largest
///    population variance stays, k = floor(#(variance ≠ 0) · select_topk); none up to 0;
/// 2. ω_i = mean of Δ_i² after step 1, over their sum; equal ones where that sum is below 1e-6;
/// 3. an element of Δ_i is erased unless it has the sign of ΣΔ_i, + where that is 0;
/// 4. Y = B + Σ ω_i·Δ_i / max(Σ ω_i, 1e-6), both over what is left.
///
/// The guard of step 2 is mergekit's and absolute: fine-tunes that move weights by less than 1e-3
/// get equal weights. `relative_guard` asks for 1e-6 of what the deltas hold before step 1 instead.
struct SCE: MergeMethod {
  static let name = "sce"
  static let summary = "Merges where models differ most, weighing them by the size of their change."
  static let contract = MergeContract.taskVectors()

  struct Options: PluginOptions {
    @Setting("Share of the varying elements that are merged; all from 1 on, none up to 0.")
    var selectTopk = 1.0
    @Setting("Accepted for the sake of mergekit's configs; changes no value.") var int8Mask = false
    @Setting("Equal weights only below 1e-6 of the deltas' energy, instead of below 1e-6.")
    var relativeGuard = false
  }

  private let options: Options

  init(_ options: Options) { self.options = options }

  func merge(_ tensor: TensorMerge<NoOptions>) throws {
    let vectors = try tensor.taskVectors()
    let selection = selection(in: tensor, vectors)
    guard !vectors.isEmpty, !selection.isNone else {
      return try tensor.write(tensor.requiredBase())
    }
    let weights = weights(tensor, vectors, selection)
    try tensor.write { block, result in
      let base = block.values(of: vectors[0].base)
      let deltas = vectors.map { block.delta(of: $0.source, from: base) }
      select(deltas, selection, in: block)
      let (direction, divisor) = (block.zeros(), block.zeros())
      for delta in deltas { direction.add(delta) }
      result.fill(0)
      for (delta, weight) in zip(deltas, weights) {
        result.addAgreeing(
          delta, weight: Float(weight), direction: direction, weights: divisor)
      }
      result.divide(by: divisor, atLeast: 1e-6)
      result.add(base)
    }
  }

  /// Step 1. Two passes for the threshold (a third for ties), one to count what varies.
  private func selection(
    in tensor: TensorMerge<NoOptions>, _ vectors: [TaskVector<NoOptions>]
  ) -> ElementSelection {
    if options.selectTopk >= 1 { return .all }
    if options.selectTopk <= 0 || vectors.count < 2 { return .none }
    let key = { (block: MergeBlock) in
      variances(vectors.map { $0.values(in: block) }, in: block)
    }
    let varying = tensor.accumulate(from: 0) { block, sum in
      sum += block.count - key(block).count(of: 0)
    }
    let count = share(options.selectTopk, of: varying.reduce(0, +))
    return tensor.selection(ofDescendingRanks: 0..<count, key: key)
  }

  private func select(_ deltas: [Vector], _ selection: ElementSelection, in block: MergeBlock) {
    guard case .band = selection else { return }
    let keys = variances(deltas, in: block)
    for delta in deltas { selection.keep(delta, keys: keys, in: block) }
  }

  /// Step 2.
  private func weights(
    _ tensor: TensorMerge<NoOptions>, _ vectors: [TaskVector<NoOptions>],
    _ selection: ElementSelection
  ) -> [Double] {
    let none = Energies(total: 0, selected: vectors.map { _ in 0 })
    let parts = tensor.accumulate(from: none) { block, energies in
      let deltas = vectors.map { $0.values(in: block) }
      if options.relativeGuard { energies.total += deltas.reduce(0) { $0 + $1.sumOfSquares } }
      select(deltas, selection, in: block)
      for (index, delta) in deltas.enumerated() { energies.selected[index] += delta.sumOfSquares }
    }
    let energies = parts.reduce(into: none) { $0.add($1) }
    let sum = energies.selected.reduce(0, +)
    let least = 1e-6 * (options.relativeGuard ? energies.total : Double(tensor.count))
    // Of all-zero deltas the total is 0 as well.
    if sum < least || sum == 0 { return vectors.map { _ in 1 / Double(vectors.count) } }
    return energies.selected.map { $0 / sum }
  }
}

/// Population variances of the deltas, an element each. Taken around the first delta, so that
/// equal ones give exactly 0.
private func variances(_ deltas: [Vector], in block: MergeBlock) -> Vector {
  let (share, mean, result) = (1 / Float(deltas.count), block.zeros(), block.zeros())
  let shifted = deltas.map { delta in
    let shifted = block.scratch()
    shifted.copy(delta)
    shifted.subtract(deltas[0])
    mean.add(shifted, times: share)
    return shifted
  }
  for delta in shifted { result.addSquaredDifference(delta, mean, times: share) }
  return result
}

/// Sums of squares over (a part of) a tensor.
private struct Energies {
  /// Of all deltas before the selection.
  var total: Double
  /// Of each after it.
  var selected: [Double]

  mutating func add(_ other: Energies) {
    total += other.total
    for index in selected.indices { selected[index] += other.selected[index] }
  }
}

extension ElementSelection {
  fileprivate var isNone: Bool {
    if case .none = self { return true }
    return false
  }
}
