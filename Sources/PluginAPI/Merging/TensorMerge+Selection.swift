/// Exact selection by rank, in two or three passes and without a sort.
extension TensorMerge {
  /// The keys at ascending `ranks` (from 0, below `count`), with their surroundings. `key` gives
  /// one key an element and may be called several times a block.
  public func orderStatistics(
    ranks: [Int], key: (MergeBlock) -> Vector
  ) -> [OrderStatistic] {
    count <= BlockPlan.blockElements
      ? sortedStatistics(ranks: ranks, key: key) : countedStatistics(ranks: ranks, key: key)
  }

  /// Which elements have the keys of descending ranks `ranks`, largest first, of equal ones the
  /// lowest index first.
  public func selection(
    ofDescendingRanks ranks: Range<Int>, key: (MergeBlock) -> Vector
  ) -> ElementSelection {
    if ranks.isEmpty || count == 0 { return .none }
    if ranks.lowerBound <= 0, ranks.upperBound >= count { return .all }
    let lowest = max(0, count - ranks.upperBound)
    let highest = min(count - 1, count - 1 - ranks.lowerBound)
    let found = orderStatistics(ranks: [lowest, highest], key: key)
    let (low, high) = (found[0], found[1])
    let kept = ranks.upperBound - (count - low.below - low.equal)
    let dropped = ranks.lowerBound - (count - high.below - high.equal)
    let band = OrderBand(
      lower: (low.value, min(kept, low.equal)), upper: (high.value, max(0, dropped)))
    let hasTies = kept < low.equal || dropped > 0
    return .band(band, starts: hasTies ? tieStarts(band, key: key) : [])
  }

  /// How many keys equal the limits of `band` before each block.
  private func tieStarts(
    _ band: OrderBand, key: (MergeBlock) -> Vector
  ) -> [(lower: Int, upper: Int)] {
    let counts = accumulate(from: [(lower: Int, upper: Int)]()) { block, counts in
      let keys = key(block)
      counts.append((keys.count(of: band.lower.value), keys.count(of: band.upper.value)))
    }
    var sums = (lower: 0, upper: 0)
    return counts.joined().map { count in
      defer { sums = (sums.lower + count.lower, sums.upper + count.upper) }
      return sums
    }
  }

  /// Of tensors of one block.
  private func sortedStatistics(
    ranks: [Int], key: (MergeBlock) -> Vector
  ) -> [OrderStatistic] {
    let sorted = accumulate(from: [Float]()) { block, keys in keys += key(block).values }
      .joined().sorted()
    return ranks.map { rank in
      let value = sorted[rank]
      let first = sorted.partition { $0 >= value }
      let past = sorted.partition { $0 > value }
      return OrderStatistic(value: value, below: first, equal: past - first)
    }
  }

  private func countedStatistics(
    ranks: [Int], key: (MergeBlock) -> Vector
  ) -> [OrderStatistic] {
    let upper = counted { counts, keys in
      counts.addUpper(of: keys)
    } key: {
      key($0)
    }
    let bins = ranks.map { upper.bin(ofRank: $0) ?? (0, 0) }
    var lowers: [Int: OrderCounts] = [:]
    for bin in Set(bins.map(\.bin)).sorted() {
      lowers[bin] = counted { counts, keys in
        counts.addLower(of: keys, upper: bin)
      } key: {
        key($0)
      }
    }
    return zip(ranks, bins).map { rank, bin in
      let lower = lowers[bin.bin] ?? OrderCounts()
      let place = lower.bin(ofRank: rank - bin.below) ?? (0, 0)
      return OrderStatistic(
        value: OrderCounts.value(upper: bin.bin, lower: place.bin),
        below: bin.below + place.below, equal: Int(lower.counts[place.bin]))
    }
  }

  private func counted(
    _ add: (inout OrderCounts, Vector) -> Void, key: (MergeBlock) -> Vector
  ) -> OrderCounts {
    accumulate(from: OrderCounts()) { block, counts in add(&counts, key(block)) }
      .reduce(into: OrderCounts()) { $0.add($1) }
  }
}

/// A key at a rank.
public struct OrderStatistic: Sendable, Equatable {
  public let value: Float
  /// How many keys are smaller.
  public let below: Int
  /// How many keys equal it.
  public let equal: Int
}

/// Elements of a tensor that were chosen by rank.
public enum ElementSelection: Sendable {
  case none
  case all
  /// By value; `starts` counts the keys equal to the limits before each block, empty when no tie
  /// is cut.
  case band(OrderBand, starts: [(lower: Int, upper: Int)])

  /// Zeroes what is not selected. `keys` are the block's keys, as they were when the selection was
  /// made; `values` may be the same vector.
  public func keep(_ values: Vector, keys: Vector, in block: MergeBlock) {
    switch self {
    case .all: return
    case .none: values.fill(0)
    case .band(let band, let starts):
      let ordinals = starts.isEmpty ? (lower: 0, upper: 0) : starts[block.index]
      var band = band
      if starts.isEmpty { band.lower.keptEqual = .max }
      values.keep(keys: keys, in: band, ordinals: ordinals)
    }
  }
}

extension Array where Element == Float {
  /// Index of the first element of a sorted array for which `isPast` holds.
  fileprivate func partition(_ isPast: (Float) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isPast(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
