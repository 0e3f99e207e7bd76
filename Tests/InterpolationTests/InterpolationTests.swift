import PluginAPI
import TestSupport
import Testing

@testable import Interpolation

/// Small cases of every rule with values from mergekit in double precision, and what must hold
/// for any values.
@Suite struct InterpolationTests {
  private let b = Samples.base
  private let a = Samples.a
  private let c = Samples.c
  private let d = Samples.d

  @Test func linearIsTheWeightedMean() throws {
    let inputs = [(a, linear(0.5)), (c, linear(0.25)), (d, linear(0.5))]
    var options = LinearMerge.Options()
    expectNear(
      try merged(LinearMerge(options), nil, inputs),
      [1.175, -2.05, 0.5125, 0.1375, 2.025, -1.05])
    options.normalize = false
    expectNear(
      try merged(LinearMerge(options), nil, inputs),
      [1.46875, -2.5625, 0.640625, 0.171875, 2.53125, -1.3125])
    let allOrNothing = [(a, linear(0)), (c, linear(1)), (d, linear(0))]
    #expect(try merged(LinearMerge(options), nil, allOrNothing) == c)
    #expect(try merged(LinearMerge(options), nil, [(a, linear(0))]) == [0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [[1.0, -1], [0.1, 0.2, -0.3], [0]])
  func linearRefusesWeightsWithoutASum(weights: [Double]) throws {
    let inputs = zip([a, c, d], weights).map { ($0, linear($1)) }
    let error = #expect(throws: Problem.self) {
      try merged(LinearMerge(LinearMerge.Options()), nil, inputs)
    }
    let text = try #require(error).description
    #expect(text.contains("up_proj") && text.contains("\(weights)"), "\(text)")
    #expect(text.contains("normalize: false"))
  }

  @Test func slerpFollowsTheArc() throws {
    let rule = slerp(0.3)
    expectNear(
      try merged(rule, b, [a]), [1.156937, -1.935785, 0.502851, 0.137998, 1.603074, -1.04351])
    expectNear(try merged(rule, b, [b.map { -$0 }]), b.map { 0.4 * Double($0) })
    let zero = [Float](repeating: 0, count: 6)
    expectNear(try merged(rule, b, [zero]), b.map { 0.8910065 * Double($0) })
    #expect(try merged(rule, zero, [zero]) == zero)
    #expect(try merged(slerp(0), b, [a]) == b)
    expectNear(try merged(slerp(1), b, [a]), a)
    expectNear(try merged(rule, b, [b]), b)
    #expect(try merged(slerp(1.5), b, [a]).allSatisfy(\.isFinite), "t may leave 0...1")
  }

  @Test func nuslerpWorksOnTensorsRowsAndColumns() throws {
    let inputs = [(a, nuslerp(1)), (c, nuslerp(3))]
    expectNear(
      try merged(nuslerpRule(), nil, inputs),
      [0.96087, -2.360544, 0.844706, 0.301321, 1.613956, -0.57763])
    expectNear(
      try merged(nuslerpRule(flatten: false), nil, inputs),
      [0.955517, -2.349551, 0.840913, 0.300867, 1.610287, -0.576079])
    expectNear(
      try merged(nuslerpRule(flatten: false, rowWise: true), nil, inputs),
      [0.976205, -2.326728, 0.872881, 0.304216, 1.588731, -0.603495])
    expectNear(
      try merged(nuslerpRule(), b, inputs),
      [1.007716, -2.444407, 1.022976, 0.244213, 1.691599, -0.329531])
    #expect(
      try merged(nuslerpRule(rowWise: true), nil, inputs)
        == merged(nuslerpRule(), nil, inputs), "flattening comes first")
  }

  @Test func nuslerpOfOneAxisIsOneVector() throws {
    let inputs = [(a, nuslerp(1)), (c, nuslerp(3))]
    let whole = try merged(nuslerpRule(), nil, inputs)
    for rowWise in [false, true] {
      let rule = nuslerpRule(flatten: false, rowWise: rowWise)
      expectNear(try merged(rule, nil, inputs, shape: [6]), whole)
    }
  }

  @Test func nuslerpOfCancellingWeightsIsHalfWay() throws {
    let half = try merged(nuslerpRule(), nil, [(a, nuslerp(1)), (c, nuslerp(1))])
    #expect(try merged(nuslerpRule(), nil, [(a, nuslerp(2)), (c, nuslerp(-2))]) == half)
  }

  @Test func multislerpIsTheMeanDirectionAtTheMeanLength() throws {
    let rule = MultislerpMerge(MultislerpMerge.Options())
    expectNear(
      try merged(rule, nil, [(a, multislerp(1)), (c, multislerp(2)), (d, multislerp(1))]),
      [1.048903, -2.2957, 0.707182, 0.257674, 1.864932, -0.805437])
    var options = MultislerpMerge.Options()
    options.normalizeWeights = false
    let raw = [(a, multislerp(0.5)), (c, multislerp(0.25)), (d, multislerp(0.5))]
    expectNear(
      try merged(MultislerpMerge(options), b, raw),
      [1.44653, -2.032792, 0.539314, -0.052013, 2.514223, -1.100234])
    let opposite = [(a, multislerp(1)), (a.map { -2 * $0 }, multislerp(1))]
    expectNear(try merged(rule, nil, opposite), a.map { -0.5 * Double($0) })
    #expect(try merged(rule, b, [(a, multislerp(3))]) == a, "a single one as it is")
  }

  @Test func multislerpOfUnchangedModelsIsTheBase() throws {
    let rule = MultislerpMerge(MultislerpMerge.Options())
    for count in [2, 3, 4] {
      let unchanged = (0..<count).map { (b, multislerp(Double($0 + 1))) }
      #expect(try merged(rule, b, unchanged) == b)
    }
  }

  @Test func multislerpRefusesDirectionsThatCancel() throws {
    let rule = MultislerpMerge(MultislerpMerge.Options())
    let cancelling = [
      (a, multislerp(1)), (a.map { -3 * $0 }, multislerp(0.5)), (a.map { -$0 }, multislerp(0.5)),
    ]
    #expect(throws: Problem.self) { try merged(rule, nil, cancelling) }
    let noSum = [(a, multislerp(1)), (c, multislerp(-1))]
    #expect(throws: Problem.self) { try merged(rule, nil, noSum) }
  }

  @Test func karcherIsTheMeanOnTheSphere() throws {
    let rule = KarcherMerge(KarcherMerge.Options())
    let zero = [Float](repeating: 0, count: 6)
    expectNear(
      try merged(rule, nil, [b, a, c]),
      [1.10638, -2.127938, 0.65622, 0.193013, 1.638158, -0.857495])
    expectNear(try merged(rule, nil, [b, b.map { -$0 }]), b)
    expectNear(try merged(rule, nil, [b, zero]), b.map { 0.5 * $0 })
    #expect(try merged(rule, nil, [zero, zero]) == zero)
    #expect(try merged(rule, nil, [a]) == a)
    expectNear(try merged(rule, nil, [a, a, a]), a)
  }

  /// An opposite input that f32 rounds off the line must not pull with 1/sin θ.
  @Test func karcherPassesOverOppositeInputs() throws {
    let rule = KarcherMerge(KarcherMerge.Options())
    let third = b.map { -$0 / 3 }
    let wanted = b.map { Double($0) * 7 / 9 }
    expectNear(try merged(rule, nil, [b, b, third]), wanted)
  }

  @Test func modelStockDrawsTheMeanToTheBase() throws {
    var options = ModelStockMerge.Options()
    expectNear(
      try merged(ModelStockMerge(options), b, [a, c, d]),
      [0.954797, -1.945757, 0.463838, 0.277122, 1.310148, -1.027122])
    options.filterWise = true
    expectNear(
      try merged(ModelStockMerge(options), b, [a, c, d]),
      [0.800177, -1.760212, 0.340141, 0.254673, 1.467291, -1.004673])
    let rowOfAll = try merged(ModelStockMerge(options), b, [a, c, d], shape: [6])
    expectNear(rowOfAll, [0.954797, -1.945757, 0.463838, 0.277122, 1.310148, -1.027122])
  }

  @Test(arguments: [false, true])
  func modelStockOfSpecialTaskVectors(filterWise: Bool) throws {
    var options = ModelStockMerge.Options()
    options.filterWise = filterWise
    let rule = ModelStockMerge(options)
    expectNear(try merged(rule, b, [a, a]), a, "agreement is the mean")
    #expect(try merged(rule, b, [b, b, b]) == b)
    // Opposite task vectors: 1 + (N−1)c = 0, the base.
    let mirrored = zip(b, a).map { 2 * $0 - $1 }
    #expect(try merged(rule, b, [a, mirrored]) == b)
  }

  @Test func nearswapMovesByAtMostT() throws {
    expectNear(try merged(nearswap(0.2), b, [a]), [1.2, -1.8, 0.5, 0.05, 1.7, -1.125])
    #expect(try merged(nearswap(10), b, [a]) == a)
    #expect(try merged(nearswap(-1), b, [a]) == b)
    #expect(try merged(nearswap(0), b, [a]) == b)
  }

  @Test func arceeFusionTakesWhatMatters() throws {
    let rule = ArceeFusionMerge(NoOptions())
    #expect(try merged(rule, b, [c]) == [1, -2.5, 0.5, 0.25, 1.5, -1])
    #expect(try merged(rule, b, [b]) == b)
    #expect(try merged(rule, [1], [[2]], shape: [1]) == [2], "nothing is above the threshold 0")
    #expect(try merged(rule, b, [a], shape: [6, 1]) == a, "rows of one element do not diverge")
  }

  @Test func passthroughCopiesAndScales() throws {
    let rule = PassthroughMerge(NoOptions())
    var scaled = PassthroughMerge.Input()
    #expect(scaled.scale == nil)
    #expect(try merged(rule, nil, [(a, scaled)]) == a)
    scaled.scale = 0.5
    #expect(try merged(rule, nil, [(a, scaled)]) == a.map { $0 / 2 })
    scaled.scale = 0
    #expect(try merged(rule, nil, [(a, scaled)]) == [0, 0, 0, 0, 0, 0])
  }

  /// The contracts say how many; a rule that gets others anyway says so instead of trapping.
  @Test func rulesRefuseOtherNumbersOfInputs() {
    #expect(throws: Problem.self) { try merged(slerp(0.5), b, [a, c]) }
    #expect(throws: Problem.self) { try merged(slerp(0.5), nil, [a]) }
    #expect(throws: Problem.self) { try merged(nuslerpRule(), nil, [(a, nuslerp(1))]) }
    #expect(throws: Problem.self) { try merged(nearswap(1), b, [a, c, d]) }
    #expect(throws: Problem.self) { try merged(ArceeFusionMerge(NoOptions()), b, [a, c]) }
    #expect(throws: Problem.self) { try merged(ModelStockMerge(.init()), nil, [a, c]) }
  }

  @Test func optionsHaveTheNamesOfMergekit() {
    let keys = { (options: any PluginOptions) in OptionReader.describe(options).map(\.key) }
    #expect(keys(NuslerpMerge.Options()) == ["nuslerp_flatten", "nuslerp_row_wise"])
    #expect(keys(MultislerpMerge.Options()) == ["normalize_weights", "eps"])
    #expect(keys(KarcherMerge.Options()) == ["max_iter", "tol"])
    #expect(keys(ModelStockMerge.Options()) == ["filter_wise"])
    #expect(keys(LinearMerge.Options()) + keys(LinearMerge.Input()) == ["normalize", "weight"])
    #expect(keys(PassthroughMerge.Input()) == ["scale"])
  }
}

func slerp(_ t: Double) -> SlerpMerge {
  var options = SlerpMerge.Options()
  options.t = t
  return SlerpMerge(options)
}

func nearswap(_ t: Double) -> NearswapMerge {
  var options = NearswapMerge.Options()
  options.t = t
  return NearswapMerge(options)
}

func nuslerpRule(flatten: Bool = true, rowWise: Bool = false) -> NuslerpMerge {
  var options = NuslerpMerge.Options()
  options.nuslerpFlatten = flatten
  options.nuslerpRowWise = rowWise
  return NuslerpMerge(options)
}
