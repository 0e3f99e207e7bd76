import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

@Suite struct RAMTests {
  private let inputs = [Small.a, Small.c].map { ($0, NoOptions()) }

  @Test func uniqueChangesStayAndSharedOnesAreAveraged() throws {
    expectRounded(
      try merged(method(RAM.self), base: Small.base, inputs: inputs),
      [1.125, -2.125, 0.9375, 0.15625, 1.8125, -0.75])
  }

  @Test(arguments: [
    (0.1, 0.2, [1.125, -2.125, 0.94625, 0.15625, 1.81875, -0.75]),
    (0.5, 0.9, [1.125, -2.125, 1.134375, 0.15625, 1.953125, -0.75]),
  ])
  func uniqueChangesGrow(r: Double, alpha: Double, wanted: [Double]) throws {
    let rule = try method(RAMPlus.self) {
      $0.r = r
      $0.alpha = alpha
    }
    expectRounded(try merged(rule, base: Small.base, inputs: inputs), wanted)
  }

  /// At the threshold a change counts as none; above all of them nothing moves.
  @Test func smallChangesAreDropped() throws {
    let rule = try method(RAM.self) { $0.epsilon = 0.25 }
    expectRounded(
      try merged(rule, base: Small.base, inputs: inputs),
      [1.5, -2.5, 0.9375, -0.125, 1.8125, -0.375])
    let blind = try method(RAMPlus.self) { $0.epsilon = 10 }
    #expect(try merged(blind, base: Small.base, inputs: inputs) == Small.base.floats())
  }

  /// A model without changes of its own, and a threshold of 0: no division by 0.
  @Test func nothingUniqueNeedsNoFactor() throws {
    let rule = try method(RAMPlus.self) { $0.epsilon = 0 }
    let same = [(Small.a, NoOptions()), (Small.a, NoOptions()), (Small.base, NoOptions())]
    #expect(try merged(rule, base: Small.base, inputs: same) == Small.a.floats())
  }

  @Test(arguments: [[1], [16_383], [131, 517]])
  func matchesPlainLoops(shape: [Int]) throws {
    let models = Models(shape: shape, weights: [1, 1, 1])
    let rule = try method(RAMPlus.self) {
      $0.r = 0.5
      $0.alpha = 2
    }
    let result = try merged(
      rule, base: models.base, inputs: models.inputs { _ in NoOptions() })
    let wanted = plain(models.base.floats(), models.deltas, r: 0.5, alpha: 2)
    for (index, (value, wanted)) in zip(result, wanted).enumerated() {
      guard abs(Double(value) - wanted) <= 1e-6 else {
        Issue.record("[\(index)]: \(value), plain \(wanted)")
        return
      }
    }
  }

  private func plain(
    _ base: [Float], _ deltas: [[Float]], r: Double, alpha: Double
  ) -> [Double] {
    let counts = base.indices.map { index in deltas.filter { abs($0[index]) > 1e-5 }.count }
    let factors = deltas.map { delta in
      let active = base.indices.filter { abs(delta[$0]) > 1e-5 }
      let (alone, shared) = (
        active.filter { counts[$0] == 1 }.count, active.filter { counts[$0] > 1 }.count
      )
      return 1 + r * min(max(Double(shared) / max(Double(alone), 1e-5), 0), alpha)
    }
    return base.indices.map { index in
      zip(deltas, factors).reduce(Double(base[index])) { sum, model in
        let value = Double(model.0[index])
        guard abs(model.0[index]) > 1e-5 else { return sum }
        return sum + (counts[index] == 1 ? value * model.1 : value / Double(counts[index]))
      }
    }
  }
}
