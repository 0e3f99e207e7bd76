internal import CKernels

/// Steps that merge rules are made of; see operations.h for the exact formulas.
extension Vector {
  /// Where weight · x has the sign of `direction` (≥ 0 counts as positive, a zero agrees with
  /// nobody): self += weight · x and weights += weight.
  public func addAgreeing(_ x: Vector, weight: Float, direction: Vector, weights: Vector) {
    check(x)
    check(direction)
    check(weights)
    operations.add_agreeing(base, weights.base, x.base, direction.base, weight, count)
  }

  /// Moves towards x by at most t an element: self + clamp(t / max(|x − self|, 1e-6), 0, 1) ·
  /// (x − self).
  public func moveTowards(_ x: Vector, by t: Float) {
    check(x)
    operations.near_swap(base, x.base, t, count)
  }

  /// x where |x| ≥ |self|.
  public func takeLarger(_ x: Vector) {
    check(x)
    operations.take_larger(base, x.base, count)
  }

  /// x where key ≥ threshold.
  public func take(_ x: Vector, where key: Vector, isAtLeast threshold: Float) {
    check(x)
    check(key)
    operations.take_at_least(base, x.base, key.base, threshold, count)
  }

  /// self += 1 where |x| > threshold.
  public func countMagnitudes(of x: Vector, above threshold: Float) {
    check(x)
    operations.count_above(base, x.base, threshold, count)
  }

  /// Where |x| > threshold: self += unique · x if `counts` is 1, else x / counts.
  public func addShared(_ x: Vector, counts: Vector, above threshold: Float, unique: Float = 1) {
    check(x)
    check(counts)
    operations.add_shared(base, x.base, counts.base, threshold, unique, count)
  }

  /// Zeroes what is not drawn: element i is kept with `probability`, by draw `first + i` of `rng`.
  /// `first` is the element's place in its tensor, so that blocks and threads change nothing.
  public func keepAtRandom(probability: Float, from rng: CounterRNG, first: Int) {
    operations.keep_random(
      base, nil, probability, UInt64(first), count, rng.stream, rng.seed)
  }

  /// As above, each element with a probability of its own.
  public func keepAtRandom(probabilities: Vector, from rng: CounterRNG, first: Int) {
    check(probabilities)
    operations.keep_random(
      base, probabilities.base, 0, UInt64(first), count, rng.stream, rng.seed)
  }

  /// self[i] = how many of x lie below |x[i]|, of equal magnitudes the lower index first:
  /// 0 … count − 1. Exact up to 2²⁴ values.
  public func setRanks(ofMagnitudes x: Vector, scratch arena: VectorArena) {
    check(x)
    precondition(count <= 1 << 24, "\(count) ranks do not fit f32")
    let scratch = arena.take(16 * count).bindMemory(to: UInt64.self, capacity: 2 * count)
    let ranks = arena.take(4 * count).bindMemory(to: UInt32.self, capacity: count)
    ck_order_ranks(ranks, x.base, count, scratch)
    for index in 0..<count { base[index] = Float(ranks[index]) }
  }

  /// self += factor · x, each product rounded before it is added: equal and opposite products
  /// cancel to exactly 0.
  public func addRounded(_ x: Vector, times factor: Float) {
    check(x)
    operations.add_rounded(base, x.base, factor, count)
  }

  /// Of the values with magnitudes above `threshold`, how many have `counts` of 1 and how many
  /// above 1.
  public func shares(counts: Vector, above threshold: Float) -> (alone: Int, shared: Int) {
    check(counts)
    var (alone, shared) = (0, 0)
    operations.count_shares(&alone, &shared, base, counts.base, threshold, count)
    return (alone, shared)
  }
}
