import PluginAPI

/// The pairs of responses to the same prompt: what preferences are made of.
struct ResponsePairs {
  private let pairs: [(Int, Int)]

  /// - Parameter limit: Responses of a prompt that are paired, the first ones: their number counts
  ///   squared.
  init(_ completions: [Completion], limit: Int = 64) {
    var groups: [PromptGroup: [Int]] = [:]
    var order: [PromptGroup] = []
    for (index, completion) in completions.enumerated() {
      let group = PromptGroup(completion)
      if groups[group] == nil { order.append(group) }
      if groups[group, default: []].count < limit { groups[group, default: []].append(index) }
    }
    pairs = order.flatMap { group -> [(Int, Int)] in
      let rows = groups[group] ?? []
      return rows.indices.flatMap { i in rows[(i + 1)...].map { (rows[i], $0) } }
    }
  }

  /// Share of pairs with two scores whose scores are equal; nil without pairs.
  func ties(_ scores: [Double]) -> Double? {
    let differences = pairs.map { scores[$0] - scores[$1] }.filter(\.isFinite)
    guard !differences.isEmpty else { return nil }
    return Double(differences.count { $0 == 0 }) / Double(differences.count)
  }

  /// Of the pairs whose values differ (lengths, or another reward's scores) and whose scores do,
  /// the share that both order alike; nil without such pairs.
  func agreement(_ scores: [Double], with values: [Double]) -> Double? {
    var (alike, count) = (0, 0)
    for (i, j) in pairs {
      let (a, b) = (scores[i] - scores[j], values[i] - values[j])
      guard a.isFinite, b.isFinite, a != 0, b != 0 else { continue }
      count += 1
      if (a > 0) == (b > 0) { alike += 1 }
    }
    return count == 0 ? nil : Double(alike) / Double(count)
  }
}

/// The chance that a row with the mark outscores one without, ties counting half: the area under
/// the ROC curve. Nil when one of the kinds is missing.
func areaUnderCurve(_ scores: [Double], marked: [Bool]) -> Double? {
  let judged = zip(scores, marked).filter { $0.0.isFinite }.sorted { $0.0 < $1.0 }
  let positives = judged.count { $0.1 }
  guard positives > 0, positives < judged.count else { return nil }
  var (below, wins, start) = (0, 0.0, 0)
  while start < judged.count {
    var end = start + 1
    while end < judged.count, judged[end].0 == judged[start].0 { end += 1 }
    let tied = judged[start..<end]
    let (up, down) = (tied.count { $0.1 }, tied.count { !$0.1 })
    wins += Double(up) * (Double(below) + Double(down) / 2)
    below += down
    start = end
  }
  return wins / (Double(positives) * Double(judged.count - positives))
}
