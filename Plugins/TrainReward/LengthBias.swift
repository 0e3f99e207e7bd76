/// Whether a reward model goes by length.
struct LengthBias: Sendable, Equatable {
  /// Pearson's correlation of Δr with the difference in tokens, chosen minus rejected; nil where
  /// one of them does not vary.
  let correlation: Double?
  /// Pairs whose chosen response is the longer, or the shorter, one, and the model's accuracy on
  /// them; nil without any.
  let longer: (pairs: Int, accuracy: Double?)
  let shorter: (pairs: Int, accuracy: Double?)
  /// Accuracy of always taking the longer response: what a model that goes by length alone gets.
  let longerWins: Double

  init(_ pairs: [ScoredPair]) {
    correlation = Self.correlation(pairs.map(\.lead), pairs.map { Double($0.lengthGap) })
    longer = Self.part(pairs.filter { $0.lengthGap > 0 })
    shorter = Self.part(pairs.filter { $0.lengthGap < 0 })
    let ties = pairs.count - longer.pairs - shorter.pairs
    longerWins = (Double(longer.pairs) + Double(ties) / 2) / Double(pairs.count)
  }

  private static func part(_ pairs: [ScoredPair]) -> (pairs: Int, accuracy: Double?) {
    guard !pairs.isEmpty else { return (0, nil) }
    return (pairs.count, pairs.reduce(0) { $0 + $1.hit } / Double(pairs.count))
  }

  static func correlation(_ x: [Double], _ y: [Double]) -> Double? {
    let (meanX, meanY) = (x.reduce(0, +) / Double(x.count), y.reduce(0, +) / Double(y.count))
    var (xx, yy, xy) = (0.0, 0.0, 0.0)
    for (x, y) in zip(x, y) {
      xx += (x - meanX) * (x - meanX)
      yy += (y - meanY) * (y - meanY)
      xy += (x - meanX) * (y - meanY)
    }
    guard xx > 0, yy > 0 else { return nil }
    return xy / (xx * yy).squareRoot()
  }

  static func == (a: LengthBias, b: LengthBias) -> Bool {
    a.correlation == b.correlation && a.longer == b.longer && a.shorter == b.shorter
      && a.longerWins == b.longerWins
  }
}

/// Mean and population standard deviation: what standardises rewards.
struct Spread: Sendable, Equatable {
  var mean: Double
  var deviation: Double

  /// - Parameter values: At least one.
  init(_ values: [Double]) {
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = (squares / Double(values.count)).squareRoot()
  }
}
