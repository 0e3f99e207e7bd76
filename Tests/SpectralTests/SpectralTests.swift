import PluginAPI
import TestSupport
import Testing

@testable import Spectral

/// Worked values: ΔA, ΔC over B, and P, Q as task vectors of a base of 0.
@Suite struct SpectralTests {
  @Test func isoC() throws {
    let rule = IsoCMerge(IsoCMerge.Options())
    expectClose(
      try changes(rule, [A, C]), [0.293994, -0.311476, 0.39867, -0.217217, 0.338719, 0.424821],
      within: 2e-6)
    expectClose(
      try mergeSquares(rule, [P, Q]),
      [
        -0.807769, -0.081503, -0.658121, 0.894609, -1.033753, -0.386445, 0.255661, -0.780535,
        0.407229, -0.98075, -0.813799, -0.320324, -0.07491, 0.880186, -0.85547, -0.616777,
      ], within: 2e-6)
  }

  @Test func isoCTS() throws {
    var options = IsoCTSMerge.Options()
    options.commonSpaceFraction = 0.5
    expectClose(
      try mergeSquares(IsoCTSMerge(options), [P, Q]),
      [
        -1.069396, -0.570026, -1.397736, 0.54774, -0.208539, -0.129305, -0.510454, -1.844303,
        1.581238, -0.186725, -1.081297, 0.133572, -0.186587, 1.829127, -0.582057, 0.053954,
      ], within: 2e-6)
    // All directions common: iso_c.
    options.commonSpaceFraction = 1
    expectClose(
      try mergeSquares(IsoCTSMerge(options), [P, Q]),
      try mergeSquares(IsoCMerge(IsoCMerge.Options()), [P, Q]), within: 1e-6)
  }

  @Test func tsvM() throws {
    let rule = TSVMerge(TSVMerge.Options())
    expectClose(
      try changes(rule, [A, C]), [0.398676, -0.256641, 0.560359, -0.488162, -0.283881, 0.483202],
      within: 2e-6)
    expectClose(
      try mergeSquares(rule, [P, Q]),
      [
        -0.605675, -0.112256, -0.86219, 1.574774, -1.433894, -0.293837, 0.738786, 0.413793,
        -0.691417, -1.221294, -1.187585, -0.393826, -0.554143, 1.209657, -0.575492, -0.762295,
      ], within: 2e-6)
    // One task keeps all its directions: the model itself.
    expectClose(try changes(rule, [A]), zip(A, B).map { $0 - $1 }, within: 1e-6)
  }

  @Test func svc() throws {
    let rule = { (alpha: Double) in
      var options = SVCMerge.Options()
      options.alpha = alpha
      return try SVCMerge(options)
    }
    expectClose(
      try merge(rule(0.1), base: B, [A, C], shape: [2, 3]),
      [1.709993, -2.73131, 1.601266, -0.278498, 2.352408, 0.221033], within: 2e-6)
    expectClose(
      try merge(rule(1), base: B, [A, C], shape: [2, 3]),
      [1.25, -2.25, 0.9375, 0.0625, 1.8125, -0.5], within: 2e-6)
    #expect(throws: OptionError.self) { try rule(0) }
  }

  @Test func svcWeighsItsTaskVectors() throws {
    // Task vectors in directions of their own: a is w·aᵢ for one task and nothing for the other, so
    // with w ≥ 1 the calibration is 2 / (w + alpha).
    let parameters = [2.0, 4].map { weight in
      var input = SVCMerge.Input()
      input.weight = weight
      return input
    }
    let deltas: [[Float]] = [[3, 0, 0, 0], [0, 0, 0, 5]]
    let run = { (shape: [Int]) in
      try merged(
        try SVCMerge(SVCMerge.Options()), base: Tensor(zeros: shape),
        inputs: zip(deltas, parameters).map { (Tensor($0, shape: shape), $1) })
    }
    expectClose(
      try run([2, 2]), [6 * 2 / 2.1, 0, 0, 20 * 2 / 4.1], within: 2e-6)
    #expect(try run([4]) == [6, 0, 0, 20])
  }

  @Test func opcm() throws {
    var options = OPCMMerge.Options()
    options.rescale = false
    expectClose(
      try changes(OPCMMerge(options), [A, C]),
      [0.506306, 0.036145, 0.398002, -0.374087, 0.678645, 0.38514], within: 2e-6)
    expectClose(
      try mergeSquares(OPCMMerge(options), [P, Q]),
      [
        -0.605837, -0.577399, -1.366464, 1.241734, -0.32789, 0.694644, 0.825054, -1.121629,
        0.98396, -1.504992, -1.490705, 0.255464, -0.168903, 0.153715, -0.506418, -0.349867,
      ], within: 2e-6)
  }

  @Test(arguments: [[4, 4], [16]])
  func opcmScalesToTheMeanLength(shape: [Int]) throws {
    let result = try merge(
      OPCMMerge(OPCMMerge.Options()), base: [Float](repeating: 0, count: 16), [P, Q], shape: shape)
    #expect(abs(length(result) - (length(P) + length(Q)) / 2) < 1e-6)
    let one = try merge(
      OPCMMerge(OPCMMerge.Options()), base: [Float](repeating: 0, count: 16), [P], shape: shape)
    expectClose(one, P, within: 1e-6)
  }

  @Test func wudiClosedForm() throws {
    var options = WUDIMerge.Options()
    options.closedForm = true
    let minimum: [Float] = [
      -0.87821, -0.291892, -1.615847, 0.99136, -0.259507, 0.213141, 0.34521, -0.568874, -0.099919,
      -1.127225, -0.699854, 0.411183, -0.425838, 0.209498, -0.544394, -0.411007,
    ]
    let result = try mergeSquares(WUDIMerge(options), [P, Q])
    expectClose(result, minimum, within: 2e-6)
    #expect(abs(objective(zip(P, Q).map { $0 + $1 }) - 3.032829) < 1e-6)
    #expect(abs(objective(result) - 1.850504) < 1e-6)
    // A model that equals the base has no part in it.
    let zeros = [Float](repeating: 0, count: 16)
    expectClose(try mergeSquares(WUDIMerge(options), [P, zeros, Q]), result, within: 1e-6)
    #expect(try mergeSquares(WUDIMerge(options), [zeros, zeros]) == zeros)
  }

  @Test func wudiWalksFromTheSumToTheMinimum() throws {
    var options = WUDIMerge.Options()
    (options.iterations, options.learningRate) = (1, 1e-3)
    let sum = zip(P, Q).map { $0 + $1 }
    // Adam's first step has its full length in every element.
    let first = try mergeSquares(WUDIMerge(options), [P, Q])
    for (a, b) in zip(first, sum) { #expect(abs(abs(a - b) - 1e-3) < 1e-6) }
    #expect(objective(first) < objective(sum))
    (options.iterations, options.learningRate) = (4000, 2e-3)
    let last = try mergeSquares(WUDIMerge(options), [P, Q])
    #expect(abs(objective(last) - 1.850504) < 1e-5)
  }

  @Test func wudiNamesASingularProblem() throws {
    var options = WUDIMerge.Options()
    (options.closedForm, options.ridge) = (true, 0)
    let single: [Float] = [1, 0, 0, 0] + [Float](repeating: 0, count: 12)
    #expect {
      try mergeSquares(WUDIMerge(options), [single])
    } throws: {
      let text = ($0 as? Problem)?.description ?? ""
      return text.contains("up_proj") && text.contains("ridge is 0")
    }
    options.ridge = 1e-8
    expectClose(try mergeSquares(WUDIMerge(options), [single]), single, within: 1e-6)
  }

  @Test func knots() throws {
    // By numpy, with the steps of the header.
    expectClose(
      try merged(knotsRule(.ties), [P, Q], weights: [1, 1], density: 0.5, shape: [4, 4]),
      [
        -1.135515, 0.008232, -1.076138, 1.699641, -0.445195, 0.715655, 0.678848, -1.073579,
        -0.408346, -0.218896, -0.259149, 0.385955, -0.213461, 1.268483, 0.303579, -0.520684,
      ], within: 2e-6)
    expectClose(
      try merged(knotsRule(.ties), [P, Q], weights: [1, 1], density: 1, shape: [4, 4]),
      [
        -0.953373, -0.563256, -0.88377, 1.129345, -0.588834, 0.483825, 0.828058, -0.812367,
        -0.560318, -0.248982, -0.508005, 0.110636, -0.592079, 1.093584, 0.439402, -0.783625,
      ], within: 2e-6)
    let deltas = [A, C].map { zip($0, B).map { $0 - $1 } }
    expectClose(
      try merged(knotsRule(.ties), deltas, weights: [1, 0.5], density: 0.5, shape: [2, 3]),
      [0.5, 0.322949, 0.4375, -0.375, 0.185493, 0.625], within: 2e-6)
    // Sums in the common basis are sums.
    expectClose(
      try merged(knotsRule(.linear), deltas, weights: [2, -0.5], density: 1, shape: [2, 3]),
      zip(deltas[0], deltas[1]).map { 2 * $0 - 0.5 * $1 }, within: 1e-6)
  }

  @Test func knotsLeavesOutSmallDirections() throws {
    let values: [Float] = [1, 0, 0, 5e-5]
    let result = try merged(knotsRule(.linear), [values], weights: [1], density: 1, shape: [2, 2])
    expectClose(result, [1, 0, 0, 0], within: 1e-6)
    #expect(
      try merged(
        knotsRule(.linear), [values.map { $0 * 1e-5 }], weights: [1], density: 1, shape: [2, 2])
        == [0, 0, 0, 0])
  }

  /// Σᵢ ‖(M − Δᵢ)Δᵢᵀ‖² / ‖Δᵢ‖² of P and Q.
  private func objective(_ merged: [Float]) -> Double {
    let matrix = { (values: [Float]) in Matrix(Tensor(values, shape: [4, 4])) }
    return [P, Q].map(matrix).reduce(0) { sum, delta in
      let product = (matrix(merged) - delta).times(delta, transposeOther: true)
      return sum + product.squaredNorm / delta.squaredNorm
    }
  }
}

let B: [Float] = [1, -2, 0.5, 0.25, 1.5, -1]
let A: [Float] = [1.5, -1.75, 0.5, -0.125, 1.8125, -1.125]
let C: [Float] = [0.75, -2.5, 0.9375, 0.4375, 1.5, -0.375]
let P: [Float] = [
  0.375, 0.625, -1, 0.625, -0.125, 0, 0.25, -0.5, 1, -1, -0.5, -0.25, 0.125, -0.25, -0.75, -1,
]
let Q: [Float] = [
  -1, -1, -0.75, 1, -0.625, 0.375, 0.5, -0.625, -0.5, -0.125, -0.5, 1, -0.625, 0.875, 0.625, 0.75,
]

func knotsRule(_ rule: KnOTSMerge.Rule) -> KnOTSMerge {
  var options = KnOTSMerge.Options()
  options.merge = rule
  return KnOTSMerge(options)
}

/// Task vectors merged by KnOTS over a base of 0.
func merged(
  _ rule: KnOTSMerge, _ deltas: [[Float]], weights: [Double], density: Double, shape: [Int]
) throws -> [Float] {
  let inputs = zip(deltas, weights).map { delta, weight in
    var input = KnOTSMerge.Input()
    (input.weight, input.density) = (weight, density)
    return (tensor: Tensor(delta, shape: shape), parameters: input)
  }
  return try merged(rule, base: Tensor(zeros: shape), inputs: inputs)
}

func merge<Rule: MergeMethod>(
  _ rule: Rule, base: [Float], _ models: [[Float]], shape: [Int]
) throws -> [Float] {
  try merged(
    rule, base: Tensor(base, shape: shape),
    inputs: models.map { (Tensor($0, shape: shape), Rule.Input()) })
}

/// What a rule adds to B as a matrix.
func changes<Rule: MergeMethod>(_ rule: Rule, _ models: [[Float]]) throws -> [Float] {
  zip(try merge(rule, base: B, models, shape: [2, 3]), B).map { $0 - $1 }
}

/// Task vectors [4, 4] over a base of 0.
func mergeSquares<Rule: MergeMethod>(_ rule: Rule, _ deltas: [[Float]]) throws -> [Float] {
  try merge(rule, base: [Float](repeating: 0, count: 16), deltas, shape: [4, 4])
}

func length(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

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
