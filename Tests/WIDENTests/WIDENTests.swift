import PluginAPI
import TestSupport
import Testing

@testable import WIDEN

/// The published rule on small matrices, worked out in f64.
@Suite struct WIDENTests {
  static let base: [[Float]] = [[3, 0, 1, 2], [4, 2, 1, -1], [0, 1, 2, 2]]
  static let first: [[Float]] = [[3.2, 0.1, 1.3, 2], [4.4, 2.2, 1.2, -0.5], [0.3, 1, 2, 2.6]]
  static let second: [[Float]] = [[3, 0.6, 1.1, 2.2], [4.1, 1.5, 0.9, -1.1], [0.1, 1, 1.5, 2]]

  struct Case: Sendable {
    var t: Double
    var s: Double
    var result: [Float]
  }

  static let cases = [
    Case(
      t: 1, s: 1,
      result: [
        3.15621765, 0.63491810, 1.30663110, 2.08153642, 4.35036754, 1.56983620, 1.03775407,
        -0.54076821, 0.27225872, 1, 1.5, 2.6,
      ]),
    Case(
      t: 1, s: 0.5,
      result: [
        3.10621765, 0.33491810, 1.18163110, 2.08153642, 4.25036754, 1.81983620, 1.03775407,
        -0.79076821, 0.19725872, 1, 1.75, 2.3,
      ]),
    Case(
      t: 2, s: 1,
      result: [
        3.12413552, 0.42540951, 1.18775407, 2.08153642, 4.28620328, 1.74442669, 1.03163110,
        -0.74460925, 0.22413552, 1, 1.71938517, 2.35539075,
      ]),
    Case(t: -1, s: 1, result: [3.2, 0.7, 1.4, 2.2, 4.5, 1.7, 1.1, -0.6, 0.4, 1, 1.5, 2.6]),
    Case(t: -1, s: 0.5, result: [3.1, 0.35, 1.2, 2.1, 4.25, 1.85, 1.05, -0.8, 0.2, 1, 1.75, 2.3]),
  ]

  @Test(arguments: cases)
  func matchesWorkedMatrices(_ example: Case) throws {
    let rule = widen(t: example.t, s: example.s)
    let result = try merge(rule, Self.base, [Self.first, Self.second])
    expectClose(result, example.result, within: 1e-6)
    // The order of the models does not matter.
    expectClose(
      try merge(rule, Self.base, [Self.second, Self.first]), example.result, within: 1e-6)
    // A token's vector is a row of the embedding: there the same numbers stand transposed.
    let rows = try merge(
      rule, transposed(Self.base), [transposed(Self.first), transposed(Self.second)],
      role: .embedding)
    expectClose(transposed(rows, rows: 4), example.result, within: 1e-6)
  }

  @Test func theHeadIsNotTransposed() throws {
    let models = [Self.first, Self.second]
    let plain = try merge(widen(), Self.base, models)
    #expect(try merge(widen(), Self.base, models, role: .head) == plain)
    #expect(try merge(widen(), Self.base, models, role: .embedding) != plain)
  }

  @Test func scoresMatchTheWorkedVector() {
    // As f64 has them: 0.04 is above the mean of its row by rounding alone.
    let changes = [[1.1, 1, 0.7, 1], [1.02, 1.04, 1, 0.9]].map { $0.map { abs($0 - 1) } }
    let scores = Calibration(ratio: 1, value: 1).scores(
      of: changes, means: changes.map { $0.reduce(0, +) / 4 })
    let wanted = [[1, 0.49000133, 1, 0.47502081], [0.48001066, 1, 0.42555748, 1]]
    for (scores, wanted) in zip(scores, wanted) {
      for (score, wanted) in zip(scores, wanted) { #expect(abs(score - wanted) < 6e-9) }
    }
  }

  @Test func vectorsMatchTheWorkedOne() throws {
    // 0.0401 instead of 0.04, which in f32 rounds to the other side of the mean.
    let models: [[Float]] = [[1.1, 1, 0.7, 1], [1.02, 1.0401, 1, 0.9]]
    let result = try merged(
      widen(), base: Tensor([Float](repeating: 1, count: 4), shape: [4]),
      inputs: models.map { (Tensor($0, shape: [4]), NoOptions()) })
    expectClose(result, [1.10960021, 1.0401, 0.7, 0.9], within: 2e-7)
  }

  @Test func ranksAreStableAndPutNaNLast() {
    #expect(ranks([0.2, 0.1, 0.2, 0.1]) == [2, 0, 3, 1])
    #expect(ranks([.nan, 0.5, .nan, .infinity, 0.5]) == [3, 0, 4, 2, 1])
  }

  @Test func configsNameTheParametersAsTheAuthorsDo() {
    let options = OptionReader.describe(WIDENMerge.Options())
    #expect(
      options.map { "\($0.key) \($0.defaultText)" } == [
        "above_average_value_ratio 1", "score_calibration_value 1", "exclude_unchanged true",
      ])
  }

  // MARK: identities

  @Test func aSingleModelStaysItself() throws {
    let (base, model) = (values(30 * 7, seed: 1), values(30 * 7, seed: 2))
    for (shape, role) in [([30, 7], TensorRole.other), ([30, 7], .embedding), ([210], .other)] {
      let result = try merged(
        widen(), base: Tensor(base, shape: shape),
        inputs: [(Tensor(model, shape: shape), NoOptions())], role: role)
      expectClose(result, model, within: 3e-7)
    }
  }

  @Test func belowAllAveragesItIsTaskArithmeticOrTheAverage() throws {
    let shape = [40, 600]
    let base = values(24_000, seed: 1)
    let models = [2, 3, 4].map { values(24_000, seed: $0) }
    for s in [1, 1.0 / 3] {
      let result = try merged(
        widen(t: -0.5, s: s), base: Tensor(base, shape: shape),
        inputs: models.map { (Tensor($0, shape: shape), NoOptions()) })
      let wanted = base.indices.map { index in
        base[index] + Float(s) * models.reduce(0) { $0 + $1[index] - base[index] }
      }
      expectClose(result, wanted, within: 2e-6)
    }
  }

  @Test func withARatioOfZeroTheLowestColumnIsNotCalibrated() {
    let scores = Calibration(ratio: 0, value: 9).scores(ofRanks: [[1, 0, 2], [0, 2, 1]])
    #expect(scores[0][1] < 1 && scores[1][0] < 1)
    #expect(scores.joined().count { $0 == 9 } == 4)
  }

  @Test func fromTwiceTheAverageScoresAreASoftmax() {
    let ranks = [[3, 0, 1, 2], [0, 3, 2, 1]]
    let scores = Calibration(ratio: 2, value: 9).scores(ofRanks: ranks)
    for column in 0..<4 { #expect(abs(scores[0][column] + scores[1][column] - 1) < 1e-15) }
  }

  @Test func permutedColumnsGivePermutedResults() throws {
    let order = [2, 0, 3, 1]
    let permute = { (rows: [[Float]]) in rows.map { row in order.map { row[$0] } } }
    let plain = try merge(widen(), Self.base, [Self.first, Self.second])
    let result = try merge(
      widen(), permute(Self.base), [permute(Self.first), permute(Self.second)])
    #expect(
      result
        == permute([Array(plain[0..<4]), Array(plain[4..<8]), Array(plain[8...])]).flatMap { $0 })
  }

  /// Which is what makes models with very different task vectors comparable.
  @Test func aSmallerTaskVectorKeepsItsRanks() {
    let (base, change) = (
      values(60, seed: 1).map(Double.init), values(60, seed: 2).map(Double.init)
    )
    let ranked = [1e-3, 1e-5].map { size in
      let model = zip(base, change).map { $0 + size * $1 }
      let sums = { (a: [Double], b: [Double]) in
        (0..<6).map { column in (0..<10).reduce(0) { $0 + a[6 * $1 + column] * b[6 * $1 + column] }
        }
      }
      let changes = ColumnChanges(
        squares: sums(model, model), base: sums(base, base), products: sums(model, base),
        isMoved: true)
      return [ranks(changes.lengths), ranks(changes.directions)]
    }
    #expect(ranked[0] == ranked[1])
  }

  // MARK: edges

  @Test func modelsThatEqualTheBaseAreLeftOut() throws {
    let models = [Self.first, Self.base, Self.second]
    let plain = try merge(widen(), Self.base, [Self.first, Self.second])
    #expect(try merge(widen(), Self.base, models) == plain)
    #expect(try merge(widen(), Self.base, [Self.base]) == Self.base.flatMap { $0 })
    var options = WIDENMerge.Options()
    options.excludeUnchanged = false
    let diluted = try merge(WIDENMerge(options), Self.base, models)
    #expect(diluted != plain)
    // When every model moved the option changes nothing.
    #expect(try merge(WIDENMerge(options), Self.base, [Self.first, Self.second]) == plain)
  }

  /// A zero column has no direction: its change counts as the largest, which calibrates it.
  @Test func zeroColumnsStayFiniteAndRankHighest() throws {
    let base: [[Float]] = [[0, 1, 2, 1], [0, 1, 1, 1]]
    let model: [[Float]] = [[0.5, 1, 2, 1.5], [0, 1.5, 1.5, 1]]
    let other: [[Float]] = [[0, 1.25, 2, 1], [0, 1, 1, 1.125]]
    let result = try merge(widen(t: 1.2, s: 3), base, [model, other])
    #expect(result.allSatisfy { $0.isFinite })
    // Highest in length and direction of the first model: 3 · 0.5; the other has no change there.
    #expect(result[0] == 1.5 && result[4] == 0)
  }

  @Test func tensorsOfMoreAxesAreRefused() throws {
    let tensor = Tensor(zeros: [2, 2, 2])
    #expect {
      try merged(widen(), base: tensor, inputs: [(tensor, NoOptions())], name: "conv")
    } throws: {
      ($0 as? Problem)?.description.contains("'conv': has shape [2, 2, 2]") ?? false
    }
  }
}

func widen(t: Double = 1, s: Double = 1) -> WIDENMerge {
  var options = WIDENMerge.Options()
  (options.aboveAverageValueRatio, options.scoreCalibrationValue) = (t, s)
  return WIDENMerge(options)
}

func merge(
  _ rule: WIDENMerge, _ base: [[Float]], _ models: [[[Float]]], role: TensorRole = .other
) throws -> [Float] {
  let tensor = { (rows: [[Float]]) in
    Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
  }
  return try merged(
    rule, base: tensor(base), inputs: models.map { (tensor($0), NoOptions()) }, role: role)
}

func rows(_ values: [Float], width: Int) -> [[Float]] {
  stride(from: 0, to: values.count, by: width).map { Array(values[$0..<$0 + width]) }
}

func transposed(_ rows: [[Float]]) -> [[Float]] {
  rows[0].indices.map { column in rows.map { $0[column] } }
}

func transposed(_ values: [Float], rows count: Int) -> [Float] {
  transposed(rows(values, width: values.count / count)).flatMap { $0 }
}

func values(_ count: Int, seed: UInt64) -> [Float] {
  let rng = CounterRNG(seed: seed)
  return (0..<count).map { Float(2 * rng.uniform(UInt64($0)) - 1) }
}

func expectClose(
  _ actual: [Float], _ wanted: [Float], within tolerance: Float,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(actual.count == wanted.count, sourceLocation: sourceLocation)
  for (index, (a, b)) in zip(actual, wanted).enumerated() where !(abs(a - b) <= tolerance) {
    Issue.record("[\(index)]: \(a), expected \(b)", sourceLocation: sourceLocation)
    return
  }
}
