/// Spearman's rank correlation: Pearson's of ranks, ties sharing their mean rank. Pairs with a
/// value that is not finite do not count.
///
/// - Returns: −1...1; nil for fewer than three pairs, or where one side is constant.
func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double? {
  let pairs = zip(a, b).filter { $0.isFinite && $1.isFinite }
  guard pairs.count >= 3 else { return nil }
  let (x, y) = (ranks(pairs.map(\.0)), ranks(pairs.map(\.1)))
  // Ranks have the same mean whatever the ties.
  let mean = Double(pairs.count + 1) / 2
  var (xx, yy, xy) = (0.0, 0.0, 0.0)
  for (x, y) in zip(x, y) {
    xx += (x - mean) * (x - mean)
    yy += (y - mean) * (y - mean)
    xy += (x - mean) * (y - mean)
  }
  guard xx > 0, yy > 0 else { return nil }
  return xy / (xx * yy).squareRoot()
}

/// The place of each value among all, from 1; equal values share the mean of their places.
private func ranks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    for place in start..<end { ranks[order[place]] = Double(start + 1 + end) / 2 }
    start = end
  }
  return ranks
}
