internal import CKernels

/// Counts of values by their order numbers: what exact selection needs instead of a sort.
///
/// First every value's upper half is counted, then, for the few upper halves in which wanted ranks
/// lie, the lower half. 512 KiB each.
public struct OrderCounts: Sendable {
  public private(set) var counts: [UInt64]

  public init() { counts = [UInt64](repeating: 0, count: 1 << 16) }

  public mutating func addUpper(of keys: Vector) {
    ck_order_count_upper(&counts, keys.base, keys.count)
  }

  public mutating func addLower(of keys: Vector, upper: Int) {
    ck_order_count_lower(&counts, UInt32(upper), keys.base, keys.count)
  }

  public mutating func add(_ other: OrderCounts) {
    for index in counts.indices { counts[index] += other.counts[index] }
  }

  /// The bin that holds the value of ascending `rank` (from 0), and how many values lie in bins
  /// below it. Nil when there are not so many values.
  public func bin(ofRank rank: Int) -> (bin: Int, below: Int)? {
    var below = 0
    for (index, count) in counts.enumerated() {
      if rank < below + Int(count) { return (index, below) }
      below += Int(count)
    }
    return nil
  }

  /// The value whose order number has these halves.
  public static func value(upper: Int, lower: Int) -> Float {
    ck_order_value(UInt32(upper) << 16 | UInt32(lower))
  }
}

extension Vector {
  /// How many values equal `value`.
  public func count(of value: Float) -> Int { ck_order_count_equal(base, value, count) }

  /// Zeroes every value whose key lies outside `band`. Keys equal to a limit are ranked by their
  /// index, `ordinals` counting those of earlier blocks.
  public func keep(keys: Vector, in band: OrderBand, ordinals: (lower: Int, upper: Int)) {
    check(keys)
    if let (low, high) = band.limits(of: keys, ordinals: ordinals) {
      return operations.keep_between(base, keys.base, low, high, count)
    }
    var (lower, upper) = ordinals
    for index in 0..<count {
      let key = keys.base[index]
      var isKept = key > band.lower.value && key < band.upper.value
      if key == band.lower.value {
        isKept = lower < band.lower.keptEqual
        lower += 1
      }
      if key == band.upper.value {
        let isPast = upper >= band.upper.droppedEqual
        isKept = isPast && (key > band.lower.value || isKept)
        upper += 1
      }
      if !isKept { base[index] = 0 }
    }
  }
}

/// The keys of descending ranks `top..<top + keep`: largest first, of equal keys the lowest index
/// first.
public struct OrderBand: Sendable, Equatable {
  /// Keys above this are kept; of those equal to it the first `keptEqual`.
  public var lower: (value: Float, keptEqual: Int)
  /// Keys below this are kept; of those equal to it all but the first `droppedEqual`.
  public var upper: (value: Float, droppedEqual: Int)

  public init(lower: (value: Float, keptEqual: Int), upper: (value: Float, droppedEqual: Int)) {
    self.lower = lower
    self.upper = upper
  }

  /// The kept keys as low ≤ key ≤ high, nil where one of the limits is kept in part. Nearly every
  /// block has such limits, and the loop over them is several times faster than counting ties.
  fileprivate func limits(
    of keys: Vector, ordinals: (lower: Int, upper: Int)
  ) -> (low: Float, high: Float)? {
    var (low, high) = (lower.value, upper.value)
    if ordinals.lower >= lower.keptEqual {
      low = low.nextUp
    } else if lower.keptEqual < .max,
      keys.count(of: low) > lower.keptEqual - ordinals.lower
    {
      return nil
    }
    if ordinals.upper < upper.droppedEqual {
      guard keys.count(of: high) <= upper.droppedEqual - ordinals.upper else { return nil }
      high = high.nextDown
    }
    return (low, high)
  }

  public static func == (one: OrderBand, other: OrderBand) -> Bool {
    one.lower == other.lower && one.upper == other.upper
  }
}
