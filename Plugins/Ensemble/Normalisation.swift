import PluginAPI

/// How scores of a prompt's responses are made comparable between rewards.
enum Normalisation: String, OptionChoice {
  case none
  case zScore = "z_score"
  case rank
  case minMax = "min_max"

  /// `scores` normalised within each group; what is not finite stays NaN and does not count.
  ///
  /// - z_score: (x − mean) / deviation of the population; 0 where all are equal.
  /// - rank: the share of the others that it beats, ties counting half: 0 the worst, 1 the best;
  ///   0.5 alone.
  /// - min_max: (x − least) / (most − least); 0.5 where all are equal.
  func normalised(_ scores: [Double], groups: [Range<Int>]) -> [Double] {
    guard self != .none else { return scores }
    var result = [Double](repeating: .nan, count: scores.count)
    for group in groups {
      let present = group.filter { scores[$0].isFinite }
      for (index, value) in zip(present, normalised(present.map { scores[$0] })) {
        result[index] = value
      }
    }
    return result
  }

  private func normalised(_ values: [Double]) -> [Double] {
    switch self {
    case .none: return values
    case .zScore:
      let (mean, deviation) = meanAndDeviation(values)
      return values.map { deviation > 0 ? ($0 - mean) / deviation : 0 }
    case .rank:
      let others = Double(values.count - 1)
      return values.map { value in
        guard others > 0 else { return 0.5 }
        let below = Double(values.count { $0 < value })
        let equal = Double(values.count { $0 == value } - 1)
        return (below + equal / 2) / others
      }
    case .minMax:
      guard let least = values.min(), let most = values.max(), most > least else {
        return values.map { _ in 0.5 }
      }
      return values.map { ($0 - least) / (most - least) }
    }
  }
}

/// How the members of an ensemble become one score.
enum Combination: String, OptionChoice {
  case mean, sum, worst, median, cautious

  var allowsNegativeWeights: Bool { self == .sum }

  /// - mean: Σ wᵢxᵢ / Σ wᵢ. sum: Σ wᵢxᵢ. worst: the least of those with weight above 0.
  /// - median: the weighted median, the lower one where two qualify.
  /// - cautious: mean − uncertainty · weighted deviation of the members.
  func combined(_ values: [Double], weights: [Double], uncertainty: Double) -> Double {
    let total = weights.reduce(0, +)
    let sum = zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
    switch self {
    case .sum: return sum
    case .mean: return sum / total
    case .worst:
      return zip(values, weights).filter { $1 > 0 }.map(\.0).min() ?? .nan
    case .median: return median(values, weights, total)
    case .cautious:
      let mean = sum / total
      let variance =
        zip(values, weights).reduce(0) { $0 + $1.1 * ($1.0 - mean) * ($1.0 - mean) } / total
      return mean - uncertainty * variance.squareRoot()
    }
  }

  private func median(_ values: [Double], _ weights: [Double], _ total: Double) -> Double {
    let sorted = zip(values, weights).sorted { $0.0 < $1.0 }
    var sum = 0.0
    for (value, weight) in sorted {
      sum += weight
      if sum >= total / 2 { return value }
    }
    return sorted.last?.0 ?? .nan
  }
}

/// Mean and deviation of the population.
private func meanAndDeviation(_ values: [Double]) -> (mean: Double, deviation: Double) {
  guard !values.isEmpty else { return (0, 0) }
  // A constant has no spread, whatever rounding says.
  if values.allSatisfy({ $0 == values[0] }) { return (values[0], 0) }
  let mean = values.reduce(0, +) / Double(values.count)
  let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
  return (mean, variance.squareRoot())
}
