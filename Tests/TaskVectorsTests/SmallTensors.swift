import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

/// A base and three fine-tunes small enough to follow by hand; values are multiples of 1/16.
enum Small {
  static let base = Tensor([1, -2, 0.5, 0.25, 1.5, -1], shape: [2, 3])
  static let a = Tensor([1.5, -1.75, 0.5, -0.125, 1.8125, -1.125], shape: [2, 3])
  static let c = Tensor([0.75, -2.5, 0.9375, 0.4375, 1.5, -0.375], shape: [2, 3])
  static let d = Tensor([1.0625, -2.125, 0.3125, 0.25, 2.5, -1.3125], shape: [2, 3])
}

/// `wanted` has six decimals.
func expectRounded(
  _ values: [Float], _ wanted: [Double], sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == wanted.count, sourceLocation: sourceLocation)
  for (value, wanted) in zip(values, wanted) {
    // Half a unit of the sixth decimal, and single precision.
    #expect(
      abs(Double(value) - wanted) <= 5.1e-7 + 1e-7 * abs(wanted), sourceLocation: sourceLocation)
  }
}

extension DenseInput {
  init(_ weight: Double, density: Double = 1) {
    self.init()
    self.weight = weight
    self.density = density
  }
}

extension Outliers.Input {
  init(_ weight: Double, density: Double, gamma: Double) {
    self.init()
    dense = DenseInput(weight, density: density)
    self.gamma = gamma
  }
}

extension Magprune.Input {
  init(_ weight: Double, density: Double, epsilon: Double) {
    self.init()
    dense = DenseInput(weight, density: density)
    self.epsilon = epsilon
  }
}

/// A method with its defaults, after `change`.
func method<Rule: MergeMethod>(
  _ type: Rule.Type = Rule.self, _ change: (inout Rule.Options) -> Void = { _ in }
) throws -> Rule {
  var options = Rule.Options()
  change(&options)
  return try Rule(options)
}

/// Values k/64 with many equal magnitudes and a third of zeros, so that f32 sums of them with
/// weights like 0.5 are exact.
func coarse(_ count: Int, seed: UInt64) -> [Float] {
  let rng = CounterRNG(seed: seed)
  return (0..<count).map { index in
    let draw = rng.integer(UInt64(index), below: 48) - 16
    return draw > 15 ? 0 : Float(draw) / 64
  }
}

func sum(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map(+) }
func difference(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map(-) }
