internal import CKernels

/// Steps of rules in which task vectors vote on every element; see operations.h for the formulas.
extension Vector {
  /// The larger of self and x where `direction` is positive, else the smaller.
  public func takeFarther(_ x: Vector, direction: Vector) {
    check(x)
    check(direction)
    operations.take_farther(base, x.base, direction.base, count)
  }

  /// self += 1 where |x| > factor · |total − x|.
  public func countDominant(_ x: Vector, in total: Vector, by factor: Float) {
    check(x)
    check(total)
    operations.count_dominant(base, x.base, total.base, factor, count)
  }

  /// self = e^(models · (share² − 1)) · tanh(x · total), where share is the place of |x| between
  /// `low` and `high`, clamped to 0…1; 1 where they are equal.
  public func setCompetition(
    of x: Vector, in total: Vector, low: Float, high: Float, models: Float
  ) {
    check(x)
    check(total)
    operations.compete(base, x.base, total.base, low, high, models, count)
  }

  /// self = its place between `low` and `high`, clamped to 0…1. Where they are equal: 1 for
  /// positive values from `high` on, else 0.
  public func setPlace(between low: Float, and high: Float) {
    operations.unit_range(base, low, high, count)
  }

  /// Clamps |self| to `low`…`high`. Signs stay, and so do zeros.
  public func clampMagnitudes(from low: Float, to high: Float) {
    operations.clamp_magnitude(base, low, high, count)
  }
}
