import CKernels
import Testing

@testable import Kernels

/// The operations of merging, every variant against its scalar twin.
@Suite struct MergeOperationTests {
  @Test(arguments: variantNames, awkwardSizes + [1000])
  func wideSums(name: String, count: Int) {
    let simd = operations(named: name)
    let (a, b) = (floats(count, scale: 3), floats(count, seed: 2))
    let run = { (ops: ck_operations) -> [Double] in
      var columns = a.map(Double.init)
      ops.column_dots(&columns, a, b, count)
      let sums = [
        ops.wide_dot(a, b, count), ops.wide_sum(a, count), ops.magnitude_sum(a, count),
      ]
      return sums + columns
    }
    for (one, twin) in zip(run(simd), run(twins)) {
      #expect(abs(one - twin) <= 3e-16 * Double(3 * count), "\(count) terms up to 3, in double")
    }
  }

  @Test(arguments: variantNames, awkwardSizes)
  func wideSumsKeepWhatFloatsLose(name: String, count: Int) {
    let simd = operations(named: name)
    // 2²⁵ swallows ones in f32, 2⁵⁰ in no double.
    let x = [Float](repeating: 1, count: count) + [0x1p25] + [Float](repeating: 1, count: count)
    #expect(simd.wide_sum(x, x.count) == 0x1p25 + 2 * Double(count))
    #expect(simd.wide_dot(x, x, x.count) == 0x1p50 + 2 * Double(count))
    #expect(simd.magnitude_sum(x.map { -$0 }, x.count) == 0x1p25 + 2 * Double(count))
  }

  @Test(arguments: variantNames, awkwardSizes)
  func differences(name: String, count: Int) {
    let simd = operations(named: name)
    let (a, b) = (floats(count), floats(count, seed: 2))
    let run = { (ops: ck_operations) -> [[Float]] in
      var (apart, inPlace, magnitudes, squares) = (a, a, a, floats(count, seed: 3))
      ops.subtract(&apart, a, b, count)
      inPlace.withUnsafeMutableBufferPointer { values in
        guard let base = values.baseAddress else { return }
        ops.subtract(base, base, b, count)
      }
      ops.magnitude(&magnitudes, b, count)
      ops.add_squared_difference(&squares, a, b, -0.3, count)
      return [apart, inPlace, magnitudes, squares]
    }
    let (ours, twin) = (run(simd), run(twins))
    #expect(Array(ours[..<3]) == Array(twin[..<3]), "exact steps")
    #expect(ours[0] == zip(a, b).map { $0 - $1 } && ours[1] == ours[0])
    expectClose(ours[3], twin[3], relative: 5e-7, floor: 1)
  }

  /// Zeros among values and directions, weights of both signs.
  @Test(arguments: variantNames, awkwardSizes)
  func elections(name: String, count: Int) {
    let simd = operations(named: name)
    let x = withZeros(floats(count, scale: 3), every: 5)
    let direction = withZeros(floats(count, seed: 2), every: 3)
    let counts = (0..<count).map { Float($0 % 4) }
    for weight: Float in [0.7, -0.7] {
      let run = { (ops: ck_operations) -> [[Float]] in
        var (sum, weights) = (floats(count, seed: 3), floats(count, seed: 4))
        ops.add_agreeing(&sum, &weights, x, direction, weight, count)
        var (guarded, nonzero, shared, counted) = (x, x, x, counts)
        ops.divide_guarded(&guarded, direction, 0.1, count)
        ops.divide_nonzero(&nonzero, direction, count)
        ops.count_above(&counted, x, 0.5, count)
        ops.add_shared(&shared, direction, counts, 0.5, 1.1, count)
        return [sum, weights, guarded, nonzero, counted, shared]
      }
      for (one, twin) in zip(run(simd), run(twins)) {
        expectClose(one, twin, relative: 5e-7, floor: 1)
      }
    }
  }

  /// Elements that are equal, nearer than t, nearer than 1e-6 and further away.
  @Test(arguments: variantNames, awkwardSizes)
  func choices(name: String, count: Int) {
    let simd = operations(named: name)
    let y = floats(count)
    let steps: [Float] = [0, 1e-8, 0.01, -0.2, 3]
    let x = y.enumerated().map { $1 + steps[$0 % 5] }
    for t: Float in [0, 0.1, -1] {
      let run = { (ops: ck_operations) -> [[Float]] in
        var (moved, larger, taken) = (y, y, y)
        ops.near_swap(&moved, x, t, count)
        ops.take_larger(&larger, x.map { -$0 }, count)
        ops.take_at_least(&taken, x, floats(count, seed: 3), t, count)
        return [moved, larger, taken]
      }
      let (ours, twin) = (run(simd), run(twins))
      expectClose(ours[0], twin[0], relative: 5e-7, floor: 1)
      #expect(ours[1] == twin[1] && ours[2] == twin[2], "selections are exact")
    }
  }

  @Test(arguments: variantNames, awkwardSizes + [1000])
  func dropsTheSameElements(name: String, count: Int) {
    let simd = operations(named: name)
    let probabilities = floats(count, seed: 2).map { ($0 + 1) / 2 }
    for first: UInt64 in [0, 1, 2, 3, 5, 1 << 33 | 7] {
      let run = { (ops: ck_operations) -> [[Float]] in
        var (one, each) = (floats(count), floats(count))
        ops.keep_random(&one, nil, 0.4, first, count, 11, 42)
        ops.keep_random(&each, probabilities, 0, first, count, 11, 42)
        return [one, each]
      }
      #expect(run(simd) == run(twins))
    }
  }

  @Test(arguments: variantNames + ["scalar"], awkwardSizes + [1000])
  func divergences(name: String, count: Int) {
    let simd = operations(named: name)
    let x = floats(count, scale: 5)
    let near = zip(x, floats(count, seed: 2)).map { $0 + 1e-4 * $1 }
    let spread = floats(count, seed: 3, scale: 300)
    let huge = floats(count, seed: 4, scale: 1e30)
    for (one, other) in [(x, near), (x, spread), (spread, x), (huge, x), (x, huge)] {
      let twin = twins.softmax_divergence(one, other, 1e-8, count)
      let ours = simd.softmax_divergence(one, other, 1e-8, count)
      #expect(abs(ours - twin) <= 2e-15 + 1e-13 * abs(twin), "\(ours), twin \(twin)")
    }
    #expect(simd.softmax_divergence(x, x, 1e-8, count) == 0)
    guard count > 0 else { return }
    for bad in [Float.nan, .infinity] {
      #expect(simd.softmax_divergence(x.dropLast() + [bad], x, 1e-8, count).isNaN)
    }
  }

  /// Two values: p and q by hand.
  @Test func divergenceIsThatOfTheFormula() {
    // softmax(ln 3, 0) = (¾, ¼), softmax(0, 0) = (½, ½): ¾ ln 1.5 + ¼ ln ½.
    let wanted = 0.75 * logarithm(1.5) + 0.25 * logarithm(0.5)
    let found = twins.softmax_divergence([Float(logarithm(3)), 0], [0, 0], 1e-12, 2)
    #expect(abs(found - wanted) < 1e-7, "ln 3 is rounded to f32")
  }
}

private func withZeros(_ values: [Float], every step: Int) -> [Float] {
  values.enumerated().map { $0 % step == 0 ? 0 : $1 }
}
