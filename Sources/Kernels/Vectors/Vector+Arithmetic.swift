internal import CKernels

/// Steps on whole vectors, in place. Sums are in double.
extension Vector {
  public func fill(_ value: Float) { base.update(repeating: value, count: count) }

  public func copy(_ other: Vector) {
    check(other)
    base.update(from: other.base, count: count)
  }

  /// self += factor · other
  public func add(_ other: Vector, times factor: Float = 1) {
    check(other)
    operations.axpy(base, other.base, factor, count)
  }

  /// self −= other
  public func subtract(_ other: Vector) {
    check(other)
    operations.subtract(base, base, other.base, count)
  }

  /// self ·= factor
  public func scale(_ factor: Float) { operations.scale(base, base, factor, count) }

  /// self ·= other, element by element
  public func multiply(_ other: Vector) {
    check(other)
    operations.multiply(base, base, other.base, count)
  }

  /// self = |other|
  public func setMagnitudes(_ other: Vector) {
    check(other)
    operations.magnitude(base, other.base, count)
  }

  /// self += factor · (a − b)²
  public func addSquaredDifference(_ a: Vector, _ b: Vector, times factor: Float = 1) {
    check(a)
    check(b)
    operations.add_squared_difference(base, a.base, b.base, factor, count)
  }

  /// self /= max(divisor, floor)
  public func divide(by divisor: Vector, atLeast floor: Float) {
    check(divisor)
    operations.divide_guarded(base, divisor.base, floor, count)
  }

  /// self /= divisor, by 1 where the divisor is 0
  public func divide(byNonzero divisor: Vector) {
    check(divisor)
    operations.divide_nonzero(base, divisor.base, count)
  }

  public func dot(_ other: Vector) -> Double {
    check(other)
    return operations.wide_dot(base, other.base, count)
  }

  public var sumOfSquares: Double { operations.wide_dot(base, base, count) }
  public var sum: Double { operations.wide_sum(base, count) }
  /// Σ |x|
  public var sumOfMagnitudes: Double { operations.magnitude_sum(base, count) }
  /// Σ p · ln(p / q) with p = softmax(self) + floor and q = softmax(other) + floor: how far two rows
  /// lie apart as distributions. `floor` is above 0 and keeps the logarithm finite.
  public func softmaxDivergence(from other: Vector, floor: Double) -> Double {
    check(other)
    return operations.softmax_divergence(base, other.base, floor, count)
  }
  /// No value is infinite or NaN.
  public var isFinite: Bool { operations.all_finite(base, count) }

  /// sums[c] += self[c] · other[c]: a row's part of the dot products of two matrices' columns.
  public func addProducts(with other: Vector, to sums: inout [Double]) {
    check(other)
    precondition(sums.count == count, "\(sums.count) sums for \(count) columns")
    operations.column_dots(&sums, base, other.base, count)
  }
}
