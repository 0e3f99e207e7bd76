import Foundation

/// Coefficients of two vectors in their spherical interpolation.
struct Arc {
  let first: Double
  let second: Double

  /// - Parameters:
  ///   - cosine: Of the angle between the two; rounding beyond ±1 is cut.
  ///   - isStraight: Interpolates linearly, as where the angle leaves no arc.
  ///   - t: 0 is the first, 1 the second.
  init(cosine: Double, isStraight: Bool, t: Double) {
    guard !isStraight else {
      (first, second) = (1 - t, t)
      return
    }
    // Infinite or undefined values stay visible: max and min would make an angle of NaN.
    guard cosine.isFinite else {
      (first, second) = (.nan, .nan)
      return
    }
    let angle = acos(min(1, max(-1, cosine)))
    first = sin((1 - t) * angle) / sin(angle)
    second = sin(t * angle) / sin(angle)
  }

  /// Of vectors at full length, from their squared lengths and dot product, as `nuslerp` has it:
  /// straight only where the vectors are collinear.
  ///
  /// mergekit's limit of sin² θ ≤ 1e-16 was made for cosines in f32. In double it would miss
  /// collinear vectors whose f32 values are rounded, and for opposite ones blow that rounding up
  /// by 1/sin θ; 1e-13 is an angle of 3e-7, which f32 cannot tell from none.
  init(squares: (Double, Double), product: Double, t: Double) {
    let (one, other) = (
      max(squares.0.squareRoot(), 1e-7), max(squares.1.squareRoot(), 1e-7)
    )
    let ratio = product / (one * other)
    let cosine = ratio.isFinite ? min(1, max(-1, ratio)) : .nan
    self.init(cosine: cosine, isStraight: 1 - cosine * cosine <= 1e-13, t: t)
  }
}
