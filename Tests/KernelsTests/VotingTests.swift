import CKernels
import Testing

@testable import Kernels

/// The steps of rules in which task vectors vote: every variant against its twin.
@Suite struct VotingTests {
  @Test(arguments: variantNames, awkwardSizes)
  func variantsMatchTheirTwins(name: String, count: Int) {
    let simd = operations(named: name)
    let (y, x) = (floats(count), floats(count, seed: 2))
    var total = floats(count, seed: 3, scale: 2)
    if count > 2 { total[1] = 0 }
    let run = { (ops: ck_operations) -> [[Float]] in
      var (farther, counts, clamped) = (y, y, x)
      if count > 3 { clamped[2] = 0 }
      ops.take_farther(&farther, x, total, count)
      ops.count_dominant(&counts, x, total, 0.4, count)
      ops.clamp_magnitude(&clamped, 0.1, 0.8, count)
      return [farther, counts, clamped]
    }
    #expect(run(simd) == run(twins))
  }

  @Test(arguments: variantNames, awkwardSizes)
  func competitionMatchesItsTwin(name: String, count: Int) {
    let simd = operations(named: name)
    let (x, total) = (floats(count), floats(count, seed: 3, scale: 2))
    for (low, high) in [(Float(0.1), Float(0.9)), (0.5, 0.5)] {
      let run = { (ops: ck_operations) -> [[Float]] in
        var scores = [Float](repeating: 9, count: count)
        ops.compete(&scores, x, total, low, high, 3, count)
        // The same input for both: a place divides by a difference.
        var places = x
        ops.unit_range(&places, low, high, count)
        return [scores, places]
      }
      let (fast, plain) = (run(simd), run(twins))
      // exp and tanh within 2 ulp each, the exponent's own rounding times 3.
      expectClose(fast[0], plain[0], relative: 2e-6, floor: 1e-3)
      expectClose(fast[1], plain[1], relative: 2e-7, floor: 1e-3)
    }
  }

  @Test(arguments: variantNames + ["scalar"])
  func aRangeOfOneValueKeepsItsTop(name: String) {
    var (top, nothing): ([Float], [Float]) = ([-1, 0, 2, 3], [-1, 0, -2, 0])
    operations(named: name).unit_range(&top, 2, 2, 4)
    operations(named: name).unit_range(&nothing, 0, 0, 4)
    #expect(top == [0, 0, 1, 1])
    #expect(nothing == [0, 0, 0, 0])
  }
}
