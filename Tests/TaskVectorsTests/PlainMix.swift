@testable import TaskVectors

/// The formulas of the shared engine as plain loops in f64 over whole tensors, and selections by
/// a sort: what the streaming ones are compared with.
struct PlainInput {
  var delta: [Float]
  var weight: Double
  /// Which elements stay.
  var kept: [Bool]
}

struct PlainMix {
  var electsSigns: Bool
  var normalizes: Bool
  var rescales: Bool
  var lambda = 1.0

  func merged(_ base: [Float], _ inputs: [PlainInput]) -> [Double] {
    let deltas = inputs.map { input in weighted(input) }
    let weightSum = inputs.reduce(0) { $0 + $1.weight }
    return base.indices.map { index in
      let parts = zip(deltas, inputs).map { (value: $0[index], weight: $1.weight) }
      let total = parts.reduce(0) { $0 + $1.value }
      var (mix, divisor) = (total, abs(weightSum) < 1e-8 ? 1 : weightSum)
      if electsSigns {
        let agreeing = parts.filter { total >= 0 ? $0.value > 0 : $0.value < 0 }
        mix = agreeing.reduce(0) { $0 + $1.value }
        divisor = agreeing.reduce(0) { $0 + $1.weight }
        if divisor == 0 { divisor = 1 }
      }
      return Double(base[index]) + lambda * (normalizes ? mix / divisor : mix)
    }
  }

  private func weighted(_ input: PlainInput) -> [Double] {
    let masked = zip(input.delta, input.kept).map { $1 ? Double($0) : 0 }
    let whole = input.delta.reduce(0) { $0 + abs(Double($1)) }
    let left = masked.reduce(0) { $0 + abs($1) }
    let factor = rescales && whole >= 1e-7 && left >= 1e-7 ? whole / left : 1
    return masked.map { $0 * factor * input.weight }
  }
}

/// The elements of the descending ranks `ranks` by magnitude, of equal ones the lowest index first.
func kept(_ delta: [Float], descendingRanks ranks: Range<Int>) -> [Bool] {
  let order = delta.indices.sorted { (-abs(delta[$0]), $0) < (-abs(delta[$1]), $1) }
  var kept = [Bool](repeating: false, count: delta.count)
  for rank in ranks.clamped(to: 0..<delta.count) { kept[order[rank]] = true }
  return kept
}

func keptByMagnitude(_ delta: [Float], density: Double) -> [Bool] {
  if density >= 1 { return delta.map { _ in true } }
  if density <= 0 { return delta.map { _ in false } }
  return kept(delta, descendingRanks: 0..<max(1, Int(density * Double(delta.count))))
}

func keptBetweenOutliers(_ delta: [Float], density: Double, gamma: Double) -> [Bool] {
  if density >= 1 { return delta.map { _ in true } }
  let (count, keep) = (delta.count, Int(density * Double(delta.count)))
  let top = Int(gamma * Double(count))
  let bottom = max(0, count - keep - top)
  return kept(delta, descendingRanks: max(0, count - bottom - keep)..<max(0, count - bottom))
}
