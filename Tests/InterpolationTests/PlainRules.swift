import Foundation

/// The rules once more, element by element in double and without blocks.
enum PlainRules {
  typealias Values = [Double]

  static func dot(_ a: Values, _ b: Values) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  static func length(_ a: Values) -> Double { dot(a, a).squareRoot() }
  /// Of length 1, if it is longer than `floor`.
  static func unit(_ a: Values, floor: Double = 0) -> Values {
    let length = length(a)
    return length > floor ? a.map { $0 / length } : a
  }
  static func sum(_ terms: [(Double, Values)]) -> Values {
    terms.dropFirst().reduce(terms[0].1.map { terms[0].0 * $0 }) { sum, term in
      zip(sum, term.1).map { $0 + term.0 * $1 }
    }
  }

  static func slerp(_ base: Values, _ other: Values, t: Double) -> Values {
    let units = [base, other].map { unit($0, floor: 1e-8) }
    let cosine = dot(units[0], units[1])
    if abs(cosine) > 0.9995 { return sum([(1 - t, base), (t, other)]) }
    let angle = acos(cosine)
    return sum([
      (sin((1 - t) * angle) / sin(angle), base), (sin(t * angle) / sin(angle), other),
    ])
  }

  static func nuslerp(_ one: Values, _ other: Values, t: Double) -> Values {
    let units = [one, other].map { vector in
      let divisor = max(length(vector), 1e-7)
      return vector.map { $0 / divisor }
    }
    let cosine = min(1, max(-1, dot(units[0], units[1])))
    if 1 - cosine * cosine <= 1e-13 { return sum([(1 - t, one), (t, other)]) }
    let angle = acos(cosine)
    return sum([(sin((1 - t) * angle) / sin(angle), one), (sin(t * angle) / sin(angle), other)])
  }

  /// With the step along the tangent that the rule leaves out.
  static func multislerp(_ vectors: [Values], weights: [Double]) -> Values {
    let eps = 1e-8
    let units = vectors.map { vector in
      let divisor = length(vector) + eps
      return vector.map { $0 / divisor }
    }
    let total = sum(Array(zip(weights, units)))
    let mean = unit(total)
    let tangents = units.map { sum([(1, $0), (-dot($0, mean), mean)]) }
    let tangent = sum(Array(zip(weights, tangents)))
    let step = length(tangent) + eps
    let scale = dot(weights, vectors.map(length))
    return sum([(scale * cos(step), mean), (scale * sin(step) / step, tangent)])
  }

  static func karcher(_ vectors: [Values], iterations: Int = 10, tol: Double = 1e-5) -> Values {
    let units = vectors.map { unit($0) }
    let share = 1 / Double(vectors.count)
    var mean = sum(units.map { (share, $0) })
    mean = length(mean) < tol ? units[0] : unit(mean)
    for _ in 0..<iterations {
      var tangent = Values(repeating: 0, count: mean.count)
      for unit in units {
        let cosine = min(1, max(-1, dot(mean, unit)))
        let angle = acos(cosine)
        if angle < tol || .pi - angle < 3e-7 { continue }
        let stretch = share * angle / sin(angle)
        tangent = sum([(1, tangent), (stretch, unit), (-stretch * cosine, mean)])
      }
      let step = length(tangent)
      if step < tol { break }
      mean = sum([(cos(step), mean), (sin(step) / step, tangent)])
      mean = unit(mean)
    }
    let scale = share * vectors.map(length).reduce(0, +)
    return mean.map { scale * $0 }
  }

  static func modelStock(_ base: Values, _ vectors: [Values]) -> Values {
    let deltas = vectors.map { sum([(1, $0), (-1, base)]) }
    var cosines: Values = []
    for (index, delta) in deltas.enumerated() {
      for other in deltas[..<index] {
        let divisor = max(length(delta) * length(other), 1e-6)
        cosines.append(min(1, max(-1, dot(delta, other) / divisor)))
      }
    }
    let (count, cosine) = (Double(vectors.count), cosines.reduce(0, +) / Double(cosines.count))
    let divisor = 1 + (count - 1) * cosine
    let t = abs(divisor) < 1e-6 ? 0 : count * cosine / divisor
    return sum([(1 - t, base)] + vectors.map { (t / count, $0) })
  }

  static func nearswap(_ base: Values, _ other: Values, t: Double) -> Values {
    zip(base, other).map { base, other in
      let weight = min(1, max(0, t / max(abs(base - other), 1e-6)))
      return weight * other + (1 - weight) * base
    }
  }

  /// Importances, and the limit above which the other's element is taken.
  static func arceeFusion(
    _ base: Values, _ other: Values, width: Int
  ) -> (importance: Values, threshold: Double) {
    let importance = stride(from: 0, to: base.count, by: width).flatMap { start -> Values in
      let (x, y) = (Array(other[start..<start + width]), Array(base[start..<start + width]))
      let divergence = zip(softmax(x), softmax(y)).reduce(0) { sum, pair in
        sum + (pair.0 + 1e-8) * log((pair.0 + 1e-8) / (pair.1 + 1e-8))
      }
      return zip(x, y).map { abs($0 - $1) * divergence }
    }
    let (sorted, last) = (importance.sorted(), Double(importance.count - 1))
    let quartiles = [0.25, 0.5, 0.75].map { sorted[Int($0 * last)] }
    return (importance, quartiles[1] + 1.5 * (quartiles[2] - quartiles[0]))
  }

  private static func softmax(_ x: Values) -> Values {
    let largest = x.max() ?? 0
    let powers = x.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// `rule` of the parts that have `places` in each of the vectors.
  static func apart(
    _ vectors: [Values], into places: [[Int]], _ rule: ([Values]) -> Values
  ) -> Values {
    var result = Values(repeating: .nan, count: vectors[0].count)
    for part in places {
      let values = rule(vectors.map { vector in part.map { vector[$0] } })
      for (place, value) in zip(part, values) { result[place] = value }
    }
    return result
  }

  /// Places of each row of the last axis, or of each column along the first one.
  static func places(of shape: [Int], columns: Bool) -> [[Int]] {
    let count = shape.reduce(1, *)
    if shape.count < 2 { return [Array(0..<count)] }
    if columns {
      let step = count / shape[0]
      return (0..<step).map { Array(stride(from: $0, to: count, by: step)) }
    }
    let width = shape[shape.count - 1]
    return stride(from: 0, to: count, by: width).map { Array($0..<$0 + width) }
  }
}
