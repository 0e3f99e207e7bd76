import PluginAPI

/// How one reward's scores are spread.
struct ScoreSummary {
  let label: String
  /// Rows, and those without a score.
  let count: Int
  let failed: Int
  /// Of the rows with a score, ascending.
  private let sorted: [Double]
  /// Reasons of failed rows with how often each was given, most frequent first.
  let failures: [(reason: String, count: Int)]

  init(label: String, scores: [RewardScore]) {
    self.label = label
    count = scores.count
    sorted = scores.map { Double($0.value) }.filter(\.isFinite).sorted()
    failed = count - sorted.count
    var reasons: [String: Int] = [:]
    for score in scores where !score.value.isFinite {
      reasons[score.failure ?? "no reason given (the score is NaN)", default: 0] += 1
    }
    failures = reasons.map { ($0.key, $0.value) }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
  }

  var mean: Double? { sorted.isEmpty ? nil : sorted.reduce(0, +) / Double(sorted.count) }

  /// Of the population; nil without scores.
  var deviation: Double? {
    mean.map { mean in
      (sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(sorted.count)).squareRoot()
    }
  }

  /// Different values.
  var distinct: Int {
    sorted.indices.count { $0 == 0 || sorted[$0] != sorted[$0 - 1] }
  }

  /// The `share` quantile, between the two values around it; nil without scores.
  func quantile(_ share: Double) -> Double? {
    guard !sorted.isEmpty else { return nil }
    let place = share * Double(sorted.count - 1)
    let below = Int(place.rounded(.down))
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }

  /// Counts in `bins` equal parts of the range; one bin where all scores are equal.
  func histogram(bins: Int) -> [Int] {
    guard let low = sorted.first, let high = sorted.last else { return [] }
    guard high > low else { return [sorted.count] }
    var counts = [Int](repeating: 0, count: bins)
    for score in sorted {
      counts[min(bins - 1, Int((score - low) / (high - low) * Double(bins)))] += 1
    }
    return counts
  }

  /// The histogram as a line of blocks; empty bins stay blank.
  func blocks(bins: Int) -> String {
    let counts = histogram(bins: bins)
    let most = Double(max(1, counts.max() ?? 1))
    let marks = Array("▁▂▃▄▅▆▇█")
    return String(
      counts.map { count in
        count == 0 ? " " : marks[min(7, Int(Double(count) / most * 8))]
      })
  }
}
