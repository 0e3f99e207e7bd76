import PluginAPI
import TestSupport
import Testing

@testable import Interpolation

/// Two rows that are easy to follow by hand, and three changes of them.
enum Samples {
  static let base: [Float] = [1, -2, 0.5, 0.25, 1.5, -1]
  static let a: [Float] = [1.5, -1.75, 0.5, -0.125, 1.8125, -1.125]
  static let c: [Float] = [0.75, -2.5, 0.9375, 0.4375, 1.5, -0.375]
  static let d: [Float] = [1.0625, -2.125, 0.3125, 0.25, 2.5, -1.3125]
}

/// The parameters of one input.
func linear(_ weight: Double) -> LinearMerge.Input {
  var input = LinearMerge.Input()
  input.weight = weight
  return input
}

func nuslerp(_ weight: Double) -> NuslerpMerge.Input {
  var input = NuslerpMerge.Input()
  input.weight = weight
  return input
}

func multislerp(_ weight: Double) -> MultislerpMerge.Input {
  var input = MultislerpMerge.Input()
  input.weight = weight
  return input
}

/// Runs a rule without options of its inputs.
func merged<Rule: MergeMethod>(
  _ rule: Rule, _ base: [Float]?, _ inputs: [[Float]], shape: [Int] = [2, 3]
) throws -> [Float] where Rule.Input == NoOptions {
  try merged(
    rule, base: base.map { Tensor($0, shape: shape) },
    inputs: inputs.map { (Tensor($0, shape: shape), NoOptions()) })
}

/// Runs a rule with options of its inputs.
func merged<Rule: MergeMethod>(
  _ rule: Rule, _ base: [Float]?, _ inputs: [([Float], Rule.Input)], shape: [Int] = [2, 3]
) throws -> [Float] {
  try merged(
    rule, base: base.map { Tensor($0, shape: shape) },
    inputs: inputs.map { (Tensor($0.0, shape: shape), $0.1) })
}

/// Every value within `tolerance` of what is wanted, relative to values above 1; NaN nowhere.
func expectNear(
  _ actual: [Float], _ wanted: [Double], within tolerance: Double = 1e-6, _ note: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == wanted.count, sourceLocation: sourceLocation)
  for (index, (value, other)) in zip(actual, wanted).enumerated() {
    if abs(Double(value) - other) <= tolerance * max(1, abs(other)) { continue }
    Issue.record("\(note)[\(index)]: \(value), wanted \(other)", sourceLocation: sourceLocation)
    return
  }
}

func expectNear(
  _ actual: [Float], _ wanted: [Float], within tolerance: Double = 1e-6, _ note: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  expectNear(
    actual, wanted.map(Double.init), within: tolerance, note, sourceLocation: sourceLocation)
}

/// Deterministic values in −`scale`...`scale`.
func noise(_ count: Int, seed: UInt64, scale: Double = 1) -> [Float] {
  let rng = CounterRNG(seed: seed)
  return (0..<count).map { Float(scale * (2 * rng.uniform(UInt64($0)) - 1)) }
}
