import PluginAPI
import TestSupport
import Testing

@testable import Interpolation

/// Tensors around the size of a block and of several, of one to three axes, rows longer than a
/// block and rows of one element: each rule against its plain form over the whole tensor.
@Suite struct BlockTests {
  static let shapes = [
    [1], [7], [16383], [16384], [16385], [70001], [1, 5], [5, 1], [20000, 1], [2, 20000],
    [257, 129], [4, 3, 5], [40, 30, 17],
  ]

  /// A base and three models not far from it.
  private struct Models {
    let shape: [Int]
    let base: [Float]
    let others: [[Float]]

    init(_ shape: [Int]) {
      self.shape = shape
      let count = shape.reduce(1, *)
      let base = noise(count, seed: 1)
      self.base = base
      others = (2...4).map { seed in
        zip(base, noise(count, seed: seed, scale: 0.4)).map { $0 + $1 }
      }
    }

    var wideBase: [Double] { base.map(Double.init) }
    var wide: [[Double]] { others.map { $0.map(Double.init) } }
    /// Rounded to f32 as rules do: near opposite vectors magnify it.
    var deltas: [[Double]] { others.map { zip($0, base).map { Double($0 - $1) } } }
    func plusBase(_ deltas: [Double]) -> [Double] { zip(wideBase, deltas).map { $0 + $1 } }
  }

  @Test(arguments: shapes)
  func linearMean(shape: [Int]) throws {
    let models = Models(shape)
    let weights = [0.5, 0.2, 0.3]
    let result = try merged(
      LinearMerge(LinearMerge.Options()), nil,
      zip(models.others, weights).map { ($0, linear($1)) }, shape: shape)
    expectNear(result, PlainRules.sum(Array(zip(weights, models.wide))), within: 4e-7)
  }

  @Test(arguments: shapes)
  func spheres(shape: [Int]) throws {
    let models = Models(shape)
    let arc = try merged(slerp(0.3), models.base, [models.others[0]], shape: shape)
    expectNear(arc, PlainRules.slerp(models.wideBase, models.wide[0], t: 0.3))
    let weights = [0.5, 0.2, 0.3]
    let inputs = zip(models.others, weights).map { ($0, multislerp($1)) }
    let rule = MultislerpMerge(MultislerpMerge.Options())
    expectNear(
      try merged(rule, nil, inputs, shape: shape),
      PlainRules.multislerp(models.wide, weights: weights))
    let three = KarcherMerge(KarcherMerge.Options())
    expectNear(
      try merged(three, nil, models.others, shape: shape), PlainRules.karcher(models.wide))
    guard shape != [1] else { return }
    expectNear(
      try merged(rule, models.base, inputs, shape: shape),
      models.plusBase(PlainRules.multislerp(models.deltas, weights: weights)))
  }

  @Test(arguments: shapes, [true, false])
  func nuslerpOnEveryAxis(shape: [Int], hasBase: Bool) throws {
    let models = Models(shape)
    let inputs = [(models.others[0], nuslerp(1)), (models.others[1], nuslerp(3))]
    let vectors = Array((hasBase ? models.deltas : models.wide)[..<2])
    for (flatten, rowWise) in [(true, false), (false, false), (false, true)] {
      let places =
        flatten
        ? [Array(models.base.indices)] : PlainRules.places(of: shape, columns: rowWise)
      let plain = PlainRules.apart(vectors, into: places) {
        PlainRules.nuslerp($0[0], $0[1], t: 0.75)
      }
      let result = try merged(
        nuslerpRule(flatten: flatten, rowWise: rowWise), hasBase ? models.base : nil, inputs,
        shape: shape)
      // Vectors of few elements come near to being opposite, which magnifies rounding.
      let tolerance = shape.count > 2 || shape[0] < 8 ? 2e-5 : 1e-6
      expectNear(
        result, hasBase ? models.plusBase(plain) : plain, within: tolerance,
        "flatten \(flatten), row_wise \(rowWise)")
    }
  }

  @Test(arguments: shapes, [true, false])
  func modelStock(shape: [Int], filterWise: Bool) throws {
    let models = Models(shape)
    var options = ModelStockMerge.Options()
    options.filterWise = filterWise
    let result = try merged(ModelStockMerge(options), models.base, models.others, shape: shape)
    let places =
      filterWise
      ? PlainRules.places(of: shape, columns: false) : [Array(models.base.indices)]
    let plain = PlainRules.apart([models.wideBase] + models.wide, into: places) {
      PlainRules.modelStock($0[0], Array($0[1...]))
    }
    // Where 1 + (N−1)c is small t is large, and so is what rounding of the f32 differences does.
    for (index, (value, wanted)) in zip(result, plain).enumerated() {
      let isNear = abs(Double(value) - wanted) <= 1e-6 * max(1, 20 * abs(wanted))
      if !isNear {
        Issue.record("[\(index)]: \(value), wanted \(wanted)")
        return
      }
    }
  }

  @Test(arguments: shapes)
  func elementwiseRules(shape: [Int]) throws {
    let models = Models(shape)
    expectNear(
      try merged(nearswap(0.1), models.base, [models.others[0]], shape: shape),
      PlainRules.nearswap(models.wideBase, models.wide[0], t: 0.1), within: 4e-7)
    let copied = try merged(
      PassthroughMerge(NoOptions()), nil, [(models.base, PassthroughMerge.Input())], shape: shape)
    #expect(copied == models.base)
  }

  /// Every element is one of the two, and the right one where f32 importances can tell.
  @Test(arguments: shapes)
  func arceeFusion(shape: [Int]) throws {
    let models = Models(shape)
    let other = models.others[0]
    let result = try merged(ArceeFusionMerge(NoOptions()), models.base, [other], shape: shape)
    let plain = PlainRules.arceeFusion(
      models.wideBase, models.wide[0], width: shape[shape.count - 1])
    var taken = 0
    for (index, value) in result.enumerated() {
      let importance = plain.importance[index]
      let wanted = importance >= plain.threshold ? other[index] : models.base[index]
      taken += importance >= plain.threshold ? 1 : 0
      let isClear = abs(importance - plain.threshold) > 1e-5 * abs(plain.threshold)
      let isRight = isClear ? value == wanted : value == other[index] || value == models.base[index]
      if !isRight {
        Issue.record("[\(index)]: \(value), wanted \(wanted)")
        return
      }
    }
    if shape.last == 129 { #expect(taken > 0 && taken < result.count / 4) }
  }
}
