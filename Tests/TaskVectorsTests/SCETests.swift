import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

@Suite struct SCETests {
  @Test(arguments: [
    (1.0, [1.206676, -2.292448, 0.9375, -0.125, 2.273438, -0.375]),
    (0.5, [1.171, -2, 0.5, 0.25, 2.3295, -0.375]),
  ])
  func threeModels(selectTopk: Double, wanted: [Double]) throws {
    let rule = try method(SCE.self) { $0.selectTopk = selectTopk }
    let inputs = [Small.a, Small.c, Small.d].map { ($0, NoOptions()) }
    expectRounded(try merged(rule, base: Small.base, inputs: inputs), wanted)
  }

  /// Nothing varies over one model, and of six elements a tenth is none.
  @Test(arguments: [(0.5, 1), (0.1, 3), (0.0, 3), (-1.0, 3)])
  func selectingNothingLeavesTheBase(selectTopk: Double, models: Int) throws {
    let rule = try method(SCE.self) { $0.selectTopk = selectTopk }
    let inputs = [Small.a, Small.c, Small.d].prefix(models).map { ($0, NoOptions()) }
    #expect(try merged(rule, base: Small.base, inputs: inputs) == Small.base.floats())
  }

  /// Only elements that vary count: of three equal models none do, whatever their values.
  @Test func equalModelsDoNotVary() throws {
    let rng = CounterRNG(seed: 4)
    let x = (0..<40_000).map { Float(rng.normal(UInt64($0))) }
    let rule = try method(SCE.self) { $0.selectTopk = 0.5 }
    let inputs = (0..<3).map { _ in (Tensor(x, shape: [40_000]), NoOptions()) }
    let base = Tensor(coarse(40_000, seed: 5), shape: [40_000])
    #expect(try merged(rule, base: base, inputs: inputs) == base.floats())
  }

  /// Fine-tunes that change weights by less than 1e-3 get equal weights, unless the guard is
  /// relative.
  @Test func guardIsAbsoluteUnlessAsked() throws {
    let base = [Float](repeating: 0, count: 4)
    let tensors = [[1e-4, 2e-4, 0, 1e-4], [3e-4, 1e-4, 1e-4, 0]].map {
      Tensor($0.map { Float($0) }, shape: [4])
    }
    let inputs = tensors.map { ($0, NoOptions()) }
    let absolute = try merged(method(SCE.self), base: Tensor(base, shape: [4]), inputs: inputs)
    expectScaled(absolute, [2e-4, 1.5e-4, 1e-4, 1e-4])
    let rule = try method(SCE.self) { $0.relativeGuard = true }
    let relative = try merged(rule, base: Tensor(base, shape: [4]), inputs: inputs)
    let (first, second) = (6.0 / 17, 11.0 / 17)
    expectScaled(
      relative, [first * 1e-4 + second * 3e-4, first * 2e-4 + second * 1e-4, 1e-4, 1e-4])
    let still = try merged(
      rule, base: Tensor(base, shape: [4]), inputs: [(Tensor(base, shape: [4]), NoOptions())])
    #expect(still == base)
  }

  private func expectScaled(_ values: [Float], _ wanted: [Double]) {
    for (value, wanted) in zip(values, wanted) {
      #expect(abs(Double(value) - wanted) <= 1e-6 * wanted)
    }
  }

  @Test(arguments: [[1], [99], [16_385], [131, 517]], [0.3, 0.9, 1])
  func matchesPlainLoops(shape: [Int], selectTopk: Double) throws {
    // Four models: means and variances of coarse values are exact, so that ties are ties.
    let models = Models(shape: shape, weights: [1, 1, 1, 1])
    let rule = try method(SCE.self) { $0.selectTopk = selectTopk }
    let result = try merged(
      rule, base: models.base, inputs: models.inputs { _ in NoOptions() })
    let wanted = plain(models.base.floats(), models.deltas, selectTopk)
    for (index, (value, wanted)) in zip(result, wanted).enumerated() {
      guard abs(Double(value) - wanted) <= 1e-6 else {
        Issue.record("[\(index)]: \(value), plain \(wanted)")
        return
      }
    }
  }

  private func plain(_ base: [Float], _ deltas: [[Float]], _ share: Double) -> [Double] {
    let variances = base.indices.map { index in
      let values = deltas.map { Double($0[index]) }
      let mean = values.reduce(0, +) / Double(values.count)
      return Float(values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
    }
    let wanted = Int(share * Double(variances.filter { $0 > 0 }.count))
    let selected =
      share >= 1 ? base.map { _ in true } : kept(variances, descendingRanks: 0..<wanted)
    let left = deltas.map { zip($0, selected).map { $1 ? Double($0) : 0 } }
    let energies = left.map { $0.reduce(0) { $0 + $1 * $1 } }
    let total = energies.reduce(0, +)
    let isSmall = total / Double(base.count) < 1e-6
    let weights = energies.map { isSmall ? 1 / Double(deltas.count) : $0 / total }
    return base.indices.map { index in
      let sum = left.reduce(0) { $0 + $1[index] }
      var (mix, divisor) = (0.0, 0.0)
      for (delta, weight) in zip(left, weights)
      where sum >= 0 ? delta[index] > 0 : delta[index] < 0 {
        mix += weight * delta[index]
        divisor += weight
      }
      return Double(base[index]) + mix / max(divisor, 1e-6)
    }
  }
}
