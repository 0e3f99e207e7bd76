import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

/// Streamed selections and sums against plain f64 loops, on sizes around the block and with many
/// equal magnitudes on both sides of every border.
@Suite struct SelectionTests {
  static let shapes = [
    [1], [1, 1], [3], [7, 1], [99], [16_383], [16_384], [16_385], [131, 517], [3, 5, 7, 640],
  ]
  static let densities = [0.001, 0.3, 0.5, 0.77]

  @Test(arguments: shapes, densities)
  func ties(shape: [Int], density: Double) throws {
    let models = Models(shape: shape, weights: [1, 0.5, -0.25])
    let plain = models.deltas.map { keptByMagnitude($0, density: density) }
    for (normalize, rescale) in [(true, false), (false, false), (true, true)] {
      let rule = try method(TIES.self) {
        $0.mix = MixOptions(normalize: normalize, rescale: rescale)
        $0.mix.lambda = 1.5
      }
      let mix = PlainMix(
        electsSigns: true, normalizes: normalize, rescales: rescale, lambda: 1.5)
      let result = try merged(
        rule, base: models.base,
        inputs: models.inputs { DenseInput($0, density: density) })
      models.expect(result, mix, plain)
    }
  }

  @Test(
    arguments: shapes, [(0.3, 0.01), (0.5, 0.2), (0.9, 0.25), (0.77, 0.0), (0.5, 3), (0.2, -0.1)])
  func breadcrumbs(shape: [Int], band: (density: Double, gamma: Double)) throws {
    let models = Models(shape: shape, weights: [1, 0.5, 2])
    let plain = models.deltas.map {
      keptBetweenOutliers($0, density: band.density, gamma: band.gamma)
    }
    let inputs = models.inputs {
      Outliers.Input($0, density: band.density, gamma: band.gamma)
    }
    for rescale in [false, true] {
      let mix = PlainMix(electsSigns: false, normalizes: true, rescales: rescale)
      let rule = try method(Breadcrumbs.self) {
        $0.mix = MixOptions(normalize: true, rescale: rescale)
      }
      models.expect(try merged(rule, base: models.base, inputs: inputs), mix, plain)
      let electing = PlainMix(electsSigns: true, normalizes: false, rescales: rescale)
      let ties = try method(BreadcrumbsTIES.self) { $0.mix.rescale = rescale }
      models.expect(try merged(ties, base: models.base, inputs: inputs), electing, plain)
    }
  }

  /// floor(gamma · n) = 0: nothing is an outlier, and the largest stay.
  @Test func shortTensorsHaveNoOutliers() throws {
    let x = (1...64).map { Float($0) }
    let result = try merged(
      method(Breadcrumbs.self), base: Tensor(zeros: [64]),
      inputs: [(Tensor(x, shape: [64]), Outliers.Input(1, density: 0.25, gamma: 0.01))])
    #expect(result == x.map { $0 > 48 ? $0 : 0 })
  }

  /// gamma > 1 − density: fewer go than gamma says, so that the density stays.
  @Test func densityComesBeforeOutliers() throws {
    let x = (1...10).map { Float($0) }
    let result = try merged(
      method(Breadcrumbs.self), base: Tensor(zeros: [10]),
      inputs: [(Tensor(x, shape: [10]), Outliers.Input(1, density: 0.9, gamma: 0.3))])
    #expect(result == x.map { $0 < 10 ? $0 : 0 })
  }

  @Test func magnitudeKeepsAtLeastOne() throws {
    let result = try merged(
      method(TIES.self), base: Tensor(zeros: [4]),
      inputs: [(Tensor([1, -3, 3, 2 as Float], shape: [4]), DenseInput(1, density: 0.01))])
    #expect(result == [0, -3, 0, 0], "the first of equal magnitudes")
  }

  @Test func allZeroTaskVectorsChangeNothing() throws {
    let base = Tensor(coarse(40_000, seed: 9), shape: [200, 200])
    func check<Rule: MergeMethod>(_ type: Rule.Type, _ input: Rule.Input) throws {
      let rule = try method(type)
      let result = try merged(rule, base: base, inputs: [(base, input), (base, input)])
      #expect(result == base.floats())
    }
    try check(TIES.self, DenseInput(1, density: 0.5))
    try check(DARETIES.self, DenseInput(1, density: 0.5))
    try check(Breadcrumbs.self, Outliers.Input(1, density: 0.5, gamma: 0.1))
    try check(DELLA.self, Magprune.Input(1, density: 0.5, epsilon: 0.1))
    try check(SCE.self, NoOptions())
    try check(RAMPlus.self, NoOptions())
  }

  /// Passes run on all threads, or inside another pass on one: the same bytes.
  @Test func threadsChangeNothing() throws {
    let models = Models(shape: [300, 301], weights: [1, 0.5, 0.3])
    func check<Rule: MergeMethod>(_ type: Rule.Type, _ input: (Double) -> Rule.Input) throws {
      let rule = try method(type)
      let inputs = models.inputs(input)
      func run() throws -> [Float] { try merged(rule, base: models.base, inputs: inputs) }
      let inside = ThreadPool.shared.map(2) { part in part == 0 ? Result { try run() } : nil }
      #expect(try run() == inside[0]?.get())
    }
    try check(TIES.self) { DenseInput($0, density: 0.4) }
    try check(DARELinear.self) { DenseInput($0, density: 0.4) }
    try check(DARETIES.self) { DenseInput($0, density: 0.4) }
    try check(BreadcrumbsTIES.self) { Outliers.Input($0, density: 0.4, gamma: 0.1) }
    try check(DELLA.self) { Magprune.Input($0, density: 0.4, epsilon: 0.1) }
    try check(DELLALinear.self) { Magprune.Input($0, density: 0.4, epsilon: 0.1) }
    try check(SCE.self) { _ in NoOptions() }
    try check(RAMPlus.self) { _ in NoOptions() }
  }
}

/// A base and fine-tunes with coarse values, so that only selections and formulas can go wrong.
struct Models {
  let base: Tensor
  let weights: [Double]
  let deltas: [[Float]]

  init(shape: [Int], weights: [Double]) {
    let count = shape.reduce(1, *)
    base = Tensor(coarse(count, seed: 100), shape: shape)
    self.weights = weights
    deltas = weights.indices.map { coarse(count, seed: UInt64(7 * $0 + 1)) }
  }

  func inputs<Input>(_ input: (Double) -> Input) -> [(tensor: Tensor, parameters: Input)] {
    zip(deltas, weights).map { delta, weight in
      (Tensor(sum(base.floats(), delta), shape: base.shape), input(weight))
    }
  }

  func expect(
    _ result: [Float], _ mix: PlainMix, _ kept: [[Bool]],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let inputs = deltas.indices.map {
      PlainInput(delta: deltas[$0], weight: weights[$0], kept: kept[$0])
    }
    let wanted = mix.merged(base.floats(), inputs)
    #expect(result.count == wanted.count, sourceLocation: sourceLocation)
    for (index, (value, wanted)) in zip(result, wanted).enumerated() {
      // A few roundings of terms up to the sum's own size.
      guard abs(Double(value) - wanted) <= 1e-6 * max(1, abs(wanted)) else {
        Issue.record("[\(index)]: \(value), plain \(wanted)", sourceLocation: sourceLocation)
        return
      }
    }
  }
}
