import PluginAPI
import TestSupport
import Testing

@testable import Spectral

/// What all spectral rules have in common: shapes, tensors that are no matrices, damaged values.
@Suite struct ShapeTests {
  /// Of a single row or column every rule is finite and has an answer that can be written down.
  @Test(arguments: [[1, 6], [6, 1]])
  func singleRowsAndColumns(shape: [Int]) throws {
    let (base, one, other) = (values(6, seed: 1), values(6, seed: 2), values(6, seed: 3))
    let sum = base.indices.map { one[$0] + other[$0] - 2 * base[$0] }
    let merge = { (rule: any MergeMethod) in
      try mergeAny(rule, base: base, [one, other], shape: shape)
    }
    // One singular value, that of the sum.
    expectClose(try merge(IsoCMerge(IsoCMerge.Options())), sums(base, sum), within: 1e-6)
    expectClose(try merge(IsoCTSMerge(IsoCTSMerge.Options())), sums(base, sum), within: 1e-6)
    // No direction for each of two tasks.
    expectClose(
      try merge(TSVMerge(TSVMerge.Options())), sums(base, sum.map { $0 / 2 }), within: 1e-6)
    for rule: any MergeMethod in [
      try SVCMerge(SVCMerge.Options()), OPCMMerge(OPCMMerge.Options()),
      WUDIMerge(WUDIMerge.Options()), KnOTSMerge(KnOTSMerge.Options()),
    ] {
      #expect(try merge(rule).allSatisfy { $0.isFinite })
    }
  }

  @Test(arguments: [[40_000], [20, 40, 50]])
  func othersThanMatricesGetTheMean(shape: [Int]) throws {
    let (base, one, other) = (
      values(40_000, seed: 1), values(40_000, seed: 2), values(40_000, seed: 3)
    )
    let mean = base.indices.map { (one[$0] + other[$0]) / 2 }
    for rule: any MergeMethod in [
      IsoCMerge(IsoCMerge.Options()), IsoCTSMerge(IsoCTSMerge.Options()),
      TSVMerge(TSVMerge.Options()), WUDIMerge(WUDIMerge.Options()),
      KnOTSMerge(KnOTSMerge.Options()),
    ] {
      expectClose(try mergeAny(rule, base: base, [one, other], shape: shape), mean, within: 1e-6)
    }
    let sum = base.indices.map { one[$0] + other[$0] - base[$0] }
    let svc = try SVCMerge(SVCMerge.Options())
    expectClose(try mergeAny(svc, base: base, [one, other], shape: shape), sum, within: 1e-6)
  }

  @Test func configsNameTheParameters() throws {
    let keys = { (options: any PluginOptions) in
      OptionReader.describe(options).map { "\($0.key) \($0.defaultText)" }
    }
    #expect(keys(IsoCMerge.Options()) == ["scaling_factor 1"])
    #expect(
      keys(IsoCTSMerge.Options()) == ["scaling_factor 1", "common_space_fraction 0.8"])
    #expect(keys(TSVMerge.Options()) == ["alpha 1"])
    #expect(
      keys(WUDIMerge.Options()) == [
        "closed_form false", "iterations 300", "learning_rate 1e-05", "ridge 1e-08",
      ])
    #expect(keys(SVCMerge.Options()) == ["alpha 0.1"])
    #expect(keys(SVCMerge.Input()) == ["weight 1"])
    #expect(keys(OPCMMerge.Options()) == ["alpha 0.5", "rescale true"])
    #expect(
      keys(KnOTSMerge.Options()) == ["merge ties", "singular_value_floor 0.0001", "lambda 1"])
    #expect(keys(KnOTSMerge.Input()) == ["weight 1", "density 1"])
  }

  @Test func theFactorCountsForVectorsToo() throws {
    var options = IsoCMerge.Options()
    options.scalingFactor = 3
    #expect(
      try mergeAny(IsoCMerge(options), base: [1, 1], [[2, 1], [1, 1]], shape: [2]) == [2.5, 1])
  }

  /// Identities over a matrix of several blocks.
  @Test func largeMatrices() throws {
    let shape = [150, 170]
    let (base, one, other) = (
      values(25_500, seed: 1), values(25_500, seed: 2), values(25_500, seed: 3)
    )
    let merge = { (rule: any MergeMethod, models: [[Float]]) in
      try mergeAny(rule, base: base, models, shape: shape)
    }
    let deltas = [one, other].map {
      Matrix(Tensor($0, shape: shape)) - Matrix(Tensor(base, shape: shape))
    }
    let change = { (result: [Float]) in
      Matrix(Tensor(result, shape: shape)) - Matrix(Tensor(base, shape: shape))
    }
    // A flat spectrum: τ · τᵀ is a multiple of the identity.
    let flat = change(try merge(IsoCMerge(IsoCMerge.Options()), [one, other]))
    let mean = try (deltas[0] + deltas[1]).svd().s.reduce(0, +) / 150
    let square = flat.times(flat, transposeOther: true) * (1 / (mean * mean))
    #expect((square - Matrix(identity: 150)).frobeniusNorm < 1e-5)
    // One task: all directions are its own.
    expectClose(try merge(TSVMerge(TSVMerge.Options()), [one]), one, within: 1e-6)
    expectClose(
      try merge(knotsRule(.linear), [one, other]),
      base.indices.map { one[$0] + other[$0] - base[$0] },
      within: 2e-6)
    // What OPCM adds has no part in the leading directions of the first.
    var options = OPCMMerge.Options()
    options.rescale = false
    let added = change(try merge(OPCMMerge(options), [one, other])) - deltas[0]
    let first = try deltas[0].svd()
    let inside = first.u.times(added, transposeSelf: true).times(first.vT, transposeOther: true)
    let total = first.s.reduce(0, +)
    var (split, running) = (0, first.s[0])
    while running / total <= 0.5 {
      split += 1
      running += first.s[split]
    }
    let block = inside.slice(rows: 0..<split).slice(columns: 0..<split)
    #expect(split > 20 && block.frobeniusNorm < 1e-4)
    #expect((0..<150).allSatisfy { abs(inside[$0, $0]) < 1e-5 })
    // Outside it nothing of the second is lost.
    let kept =
      first.u.times(deltas[1], transposeSelf: true)
      .times(first.vT, transposeOther: true) - inside
    #expect(abs(kept.slice(rows: 140..<150).frobeniusNorm - diagonal(kept, 140..<150)) < 1e-4)
  }

  @Test func anUnchangedModelIsNoDirection() throws {
    let zeros = [Float](repeating: 0, count: 16)
    for rule: any MergeMethod in [
      IsoCMerge(IsoCMerge.Options()), IsoCTSMerge(IsoCTSMerge.Options()),
      TSVMerge(TSVMerge.Options()), try SVCMerge(SVCMerge.Options()),
      OPCMMerge(OPCMMerge.Options()), WUDIMerge(WUDIMerge.Options()),
      KnOTSMerge(KnOTSMerge.Options()),
    ] {
      #expect(try mergeAny(rule, base: P, [P, P], shape: [4, 4]) == P)
      let one = try mergeAny(rule, base: zeros, [zeros, P], shape: [4, 4])
      #expect(one.allSatisfy { $0.isFinite })
    }
    // Half of the leading directions of the other stay.
    let half = try Matrix(Tensor(P, shape: [4, 4])).svd().truncated(to: 2).product
    expectClose(
      try mergeSquares(TSVMerge(TSVMerge.Options()), [zeros, P]), half.tensor().floats(),
      within: 1e-6)
  }

  /// Directions that do not exist are left out instead of being filled with noise.
  @Test func deficientSumsGetAPartialIsometry() throws {
    let single: [Float] = [0, 3, 0, 0] + [Float](repeating: 0, count: 12)
    let result = try mergeSquares(IsoCMerge(IsoCMerge.Options()), [single])
    expectClose(result, single.map { $0 / 4 }, within: 1e-6)
  }

  @Test func damagedValuesAreNamed() throws {
    var damaged = P
    damaged[5] = .nan
    for rule: any MergeMethod in [IsoCMerge(IsoCMerge.Options()), knotsRule(.ties)] {
      #expect {
        try mergeAny(rule, base: Q, [P, damaged], shape: [4, 4])
      } throws: {
        let text = ($0 as? Problem)?.description ?? ""
        return text.contains("up_proj") && text.contains("'model 1'") && text.contains("NaN")
      }
    }
  }

  /// With more models than directions each rule still has an answer.
  @Test func moreModelsThanDirections() throws {
    let models = (1...5).map { values(6, seed: $0) }
    for rule: any MergeMethod in [
      IsoCTSMerge(IsoCTSMerge.Options()), TSVMerge(TSVMerge.Options()),
      OPCMMerge(OPCMMerge.Options()), KnOTSMerge(KnOTSMerge.Options()),
    ] {
      let result = try mergeAny(rule, base: values(6, seed: 9), models, shape: [2, 3])
      #expect(result.allSatisfy { $0.isFinite })
    }
  }
}

func mergeAny(
  _ rule: any MergeMethod, base: [Float], _ models: [[Float]], shape: [Int]
) throws -> [Float] {
  try merge(rule, base: base, models, shape: shape)
}

private func sums(_ a: [Float], _ b: [Float]) -> [Float] { zip(a, b).map { $0 + $1 } }

private func diagonal(_ matrix: Matrix, _ rows: Range<Int>) -> Double {
  rows.reduce(0) { $0 + matrix[$1, $1] * matrix[$1, $1] }.squareRoot()
}
