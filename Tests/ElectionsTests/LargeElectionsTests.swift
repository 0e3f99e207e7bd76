import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import Elections

/// Tensors of several blocks against the rules written down plainly, in f64 and with sorts.
@Suite struct LargeElectionsTests {
  static let count = 50_000
  let base = values(count, seed: 1)
  let models = [2, 3, 4].map { (seed: UInt64) in
    zip(values(count, seed: 1), values(count, seed: seed, scale: 0.3)).map { $0 + $1 }
  }
  var deltas: [[Double]] { models.map { zip($0, base).map { Double($0 - $1) } } }

  private func expectElements(
    _ result: [Float], within tolerance: Float = 1e-6,
    _ change: (_ deltas: [Double]) -> Double
  ) {
    let deltas = deltas
    let wanted = base.indices.map { index in
      Float(Double(base[index]) + change(deltas.map { $0[index] }))
    }
    expectClose(result, wanted, within: tolerance)
  }

  @Test func magmax() throws {
    expectElements(try merge(MagMaxMerge(MagMaxMerge.Options()), base: base, models)) { deltas in
      0.5 * deltas.reduce(0) { abs($1) >= abs($0) ? $1 : $0 }
    }
  }

  @Test func emr() throws {
    expectElements(try merge(EMRMerge(EMRMerge.Options()), base: base, models)) { deltas in
      let sign = deltas.reduce(0, +) > 0 ? 1.0 : -1
      return sign * deltas.reduce(0) { max($0, $1 * sign) }
    }
  }

  @Test func consensusTA() throws {
    expectElements(
      try merge(ConsensusTAMerge(ConsensusTAMerge.Options()), base: base, models)
    ) { deltas in
      let sum = deltas.reduce(0, +)
      let votes = deltas.count { abs($0) > 0.4 * abs(sum - $0) }
      return votes >= 2 ? sum / 3.0.squareRoot() : 0
    }
  }

  @Test func consensusTIES() throws {
    let thresholds = deltas.map { $0.map(abs).sorted(by: >)[Self.count / 5 - 1] }
    expectElements(
      try merge(ConsensusTIESMerge(ConsensusTIESMerge.Options()), base: base, models)
    ) { deltas in
      let kept = zip(deltas, thresholds).map { abs($0) >= $1 ? $0 : 0 }
      let isPositive = kept.reduce(0, +) >= 0
      let sum = kept.filter { isPositive ? $0 > 0 : $0 < 0 }.reduce(0, +)
      let votes = deltas.count { abs($0) > 0.4 * abs(sum - $0) }
      return votes >= 2 ? sum / 3.0.squareRoot() : 0
    }
  }

  @Test func expo() throws {
    expectElements(try merge(ExPOMerge(ExPOMerge.Options()), base: base, models)) {
      1.3 * $0.reduce(0, +) / 3
    }
  }

  @Test(arguments: [0.1, 0.35, 1])
  func pcb(ratio: Double) throws {
    var options = PCBMerge.Options()
    options.ratio = ratio
    let result = try merge(PCBMerge(options), base: base, models)
    let merged = plainPCB(deltas, ratio: ratio)
    // Where an element's only weight is near 0, its share of the sum is not: an f32 rounding of b
    // decides whether it counts. Those are few.
    let far = base.indices.count { index in
      abs(Double(result[index]) - Double(base[index]) - 1.2 * merged[index]) > 2e-3
    }
    #expect(far <= 10, "\(far) elements of \(Self.count) differ")
  }

  @Test func plainPCBGivesTheWorkedWeights() {
    let worked = [A, C].map { zip($0, B).map { Double($0 - $1) } }
    let weights = plainWeights(worked, ratio: 0.5).map(\.weights)
    for (got, wanted) in zip(weights, [[1, 0, 0, 0.242764, 0, 0], [0, 0.032628, 0, 0, 0, 1]]) {
      for (got, wanted) in zip(got, wanted) { #expect(abs(got - wanted) < 1e-6) }
    }
  }

  @Test(arguments: [1, 2, 8])
  func pcbOfFewElementsAveragesWhatAgrees(count: Int) throws {
    var options = PCBMerge.Options()
    options.lambda = 1
    // One weight a model at the default ratio: that of its strongest element.
    let (zeros, strong) = ([Float](repeating: 0, count: count), Float(0.5))
    var (one, other) = (zeros, zeros)
    (one[0], other[0]) = (strong, 2 * strong)
    let result = try merge(PCBMerge(options), base: zeros, [one, other], shape: [count])
    #expect(result.allSatisfy { $0.isFinite })
    if count == 1 { #expect(result == [0.75]) }
    #expect(result.dropFirst().allSatisfy { $0 == 0 })
  }
}

/// The authors' steps with sorts, in f64.
private func plainWeights(
  _ deltas: [[Double]], ratio: Double
) -> [(clamped: [Double], weights: [Double])] {
  let count = deltas[0].count
  let sums = (0..<count).map { index in deltas.reduce(0) { $0 + $1[index] } }
  return deltas.map { delta in
    let sorted = delta.map(abs).sorted()
    let (low, high) = (
      sorted[Int(1e-4 * Double(count))], sorted[Int((1 - 1e-4) * Double(count) - 1)]
    )
    let magnitudes = delta.map { min(max(abs($0), low), high) }
    let scores = (0..<count).map { index in
      let place = (magnitudes[index] - low) / (high - low)
      return exp(Double(deltas.count) * place * place) * tanh(delta[index] * sums[index])
    }
    let ranked = scores.sorted()
    let (least, most) = (
      ranked[min(count - 1, Int(Double(count) * (1 - ratio)))], ranked[count - 1]
    )
    let clamped = zip(delta, magnitudes).map { $0 == 0 ? 0 : $0 < 0 ? -$1 : $1 }
    return (clamped, scores.map { (max($0, least) - least) / (most - least) })
  }
}

private func plainPCB(_ deltas: [[Double]], ratio: Double) -> [Double] {
  let parts = plainWeights(deltas, ratio: ratio)
  return deltas[0].indices.map { index in
    let sum = parts.reduce(0) { $0 + $1.weights[index] }
    return parts.reduce(0) { $0 + $1.clamped[index] * $1.weights[index] } / max(sum, 1e-12)
  }
}
