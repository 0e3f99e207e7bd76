import Foundation
import Kernels
import Testing

@testable import Modeling

/// Vectors V3 to V7, and what happens at the edges.
@Suite struct FusionFunctionTests {
  @Test func v3Softmax() {
    let rows = sparse([[(0, 3), (1, 1), (2, 0)]])
    expect(FusionFunction().fuse(rows), [0.84379473, 0.11419520, 0.04201007])
    expect(FusionFunction(temperature: 2).fuse(rows), [0.62853172, 0.23122390, 0.14024438])
  }

  @Test func v4MinCE() {
    let fused = FusionFunction(.minCE).fuse(threeCandidates)
    #expect(fused.ids == [0, 1, 3])
    expect(fused, [0.1, 0.6, 0.3])
  }

  @Test func v4AvgCE() {
    let function = FusionFunction(.avgCE)
    let weights = function.weights([2, 1.5, 3], [])
    for (weight, wanted) in zip(weights, [0.33225097, 0.36273970, 0.30500934]) {
      #expect(abs(weight - wanted) < 1e-8, "the vectors have 8 digits")
    }
    let fused = function.fuse(threeCandidates)
    #expect(fused.ids == [0, 1, 2, 3])
    expect(fused, [0.26884965, 0.28409401, 0.33823443, 0.10882191])
  }

  @Test func v6RewardsInBF16Tie() {
    let exact = FusionFunction(.minCE)
    let rounded = FusionFunction(.minCE, roundsRewards: true)
    #expect(exact.weights([1.503, 1.5], []) == [0, 1])
    #expect(rounded.weights([1.503, 1.5], []) == [1, 0], "the first of equal ones")
    #expect(rounded.weights([1.505, 1.5], []) == [0, 1])
  }

  @Test func v7DocumentsOfABlock() {
    #expect(FusionCandidate.crossEntropy(ofDocuments: [(2, 5), (1, 3)]) == 1.625)
  }

  @Test func mixtureGoesByWeights() {
    var candidates = threeCandidates
    (candidates[0].weight, candidates[1].weight, candidates[2].weight) = (3, 1, 0)
    let fused = FusionFunction(.mixture).fuse(candidates)
    #expect(fused.ids == [0, 1, 2, 3], "the third takes no part")
    expect(fused, [0.55, 0.3, 0.075, 0.075])
  }

  /// One candidate's row empty: the base's own; the base's empty too: the others', or nothing.
  @Test func emptyRowsAreTheBases() {
    let base = sparse([[(5, 0)], [(6, 0)], []])
    let source = sparse([[(1, 2)], [], []])
    let alone = FusionFunction().fuse([FusionCandidate(rows: source)], base: base)
    #expect(alone.starts == [0, 1, 2, 2] && alone.ids == [1, 6])
    let without = FusionFunction().fuse([FusionCandidate(rows: source)])
    #expect(without.starts == [0, 1, 1, 1])
    let mixed = FusionFunction(.mixture).fuse(
      [FusionCandidate(rows: base), FusionCandidate(rows: source)])
    #expect(mixed.ids == [1, 5, 6] && mixed.values == [0.5, 0.5, 1], "weights are shared out")
  }

  @Test func tokenLevelChoosesAtEveryPosition() {
    let (one, other) = (sparse([[(1, 0)], [(1, 0)]]), sparse([[(2, 0)], [(2, 0)]]))
    let candidates = [
      FusionCandidate(rows: one, crossEntropy: 1, tokenCrossEntropies: [1, 3]),
      FusionCandidate(rows: other, crossEntropy: 2, tokenCrossEntropies: [2, 2]),
    ]
    #expect(FusionFunction(.minCE).fuse(candidates).ids == [1, 1])
    #expect(FusionFunction(.minCE, level: .token).fuse(candidates).ids == [1, 2])
  }

  @Test func unknownCrossEntropiesNeverWin() {
    let function = FusionFunction(.minCE)
    #expect(function.weights([.nan, 9], []) == [0, 1])
    #expect(function.weights([.nan, .nan], []) == [1, 0])
  }

  // MARK: -

  private var threeCandidates: [FusionCandidate] {
    let rows = [
      [(0, 0.7), (1, 0.2), (2, 0.1)], [(0, 0.1), (1, 0.6), (3, 0.3)], [(2, 1.0)],
    ]
    return zip(rows, [2, 1.5, 3]).map { row, crossEntropy in
      FusionCandidate(
        rows: sparse([row.map { (Int32($0.0), Float(log($0.1))) }]), crossEntropy: crossEntropy)
    }
  }

  /// The vectors have 8 digits, probabilities are f32.
  private func expect(
    _ rows: SparseRows, _ wanted: [Float], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(rows.values.count == wanted.count, sourceLocation: sourceLocation)
    for (value, wanted) in zip(rows.values, wanted) {
      #expect(abs(value - wanted) < 1e-7, sourceLocation: sourceLocation)
    }
  }
}

extension FusionFunction {
  fileprivate func fuse(_ rows: SparseRows) -> SparseRows { fuse([FusionCandidate(rows: rows)]) }
}

func sparse(_ rows: [[(Int32, Float)]]) -> SparseRows {
  var result = SparseRows()
  for row in rows {
    for (id, value) in row { result.append(id, value) }
    result.endRow()
  }
  return result
}
