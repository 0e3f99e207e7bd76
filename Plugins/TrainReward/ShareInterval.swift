/// A share of successes with its 95% interval, by Wilson's formula.
///
/// Pairs about one prompt are no independent trials. The number of trials is therefore the one that
/// would give the variance seen between prompts: n when every prompt has one pair, down to the
/// number of prompts when its pairs all go the same way.
struct ShareInterval: Sendable, Equatable {
  var value: Double
  var low: Double
  var high: Double

  /// - Parameters:
  ///   - hits: 0...1 each, at least one.
  ///   - groups: The prompt of each.
  init(hits: [Double], groups: [String]) {
    let count = Double(hits.count)
    let share = hits.reduce(0, +) / count
    let trials = Self.trials(hits, groups, share)
    let z = 1.959_963_984_540_054
    let scale = 1 + z * z / trials
    let centre = (share + z * z / (2 * trials)) / scale
    let spread = share * (1 - share) / trials + z * z / (4 * trials * trials)
    let half = z * spread.squareRoot() / scale
    value = share
    low = max(0, centre - half)
    high = min(1, centre + half)
  }

  private static func trials(_ hits: [Double], _ groups: [String], _ share: Double) -> Double {
    var sums: [String: Double] = [:]
    for (hit, group) in zip(hits, groups) { sums[group, default: 0] += hit - share }
    let count = Double(hits.count)
    // In order of the groups' names: a sum of floats depends on its order.
    let squares = sums.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value * $1.value }
    let variance = squares / (count * count)
    guard variance > 0, share * (1 - share) > 0 else { return Double(sums.count) }
    return min(count, max(1, share * (1 - share) / variance))
  }
}
