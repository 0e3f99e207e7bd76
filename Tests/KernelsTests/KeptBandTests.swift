import CKernels
import Testing

@testable import Kernels

/// The steps of merge rules that decide per element: every variant against its twin, and kept
/// bands against plain ranks.
@Suite struct KeptBandTests {
  @Test(arguments: variantNames, awkwardSizes)
  func variantsMatchTheirTwins(name: String, count: Int) {
    let simd = operations(named: name)
    let (y, x, keys) = (floats(count), floats(count, seed: 2), floats(count, seed: 3))
    let counts = floats(count, seed: 4, scale: 2).map { max(0, $0).rounded() }
    let run = { (ops: ck_operations) -> ([Float], [Float], Int, Int) in
      var (sum, kept) = (y, y)
      var (alone, shared) = (3, 5)
      ops.add_rounded(&sum, x, 0.3, count)
      ops.keep_between(&kept, keys, -0.25, 0.5, count)
      ops.count_shares(&alone, &shared, x, counts, 0.4, count)
      return (sum, kept, alone, shared)
    }
    #expect(run(simd) == run(twins))
  }

  @Test(arguments: variantNames + ["scalar"])
  func equalAndOppositeProductsCancel(name: String) {
    let (x, count) = (floats(67), 67)
    var y = [Float](repeating: 0, count: count)
    for factor in [Float(0.3), -0.3] { operations(named: name).add_rounded(&y, x, factor, count) }
    #expect(y.allSatisfy { $0 == 0 })
  }

  /// Bands whose limits are kept in full, in part or not at all, over blocks that start anywhere
  /// among equal keys.
  @Test(arguments: [1, 7, 40, 200])
  func bandsKeepTheirRanks(count: Int) {
    let keys = floats(count, scale: 4).map { abs($0.rounded()) }
    let order = keys.indices.sorted { (-keys[$0], $0) < (-keys[$1], $1) }
    for (top, keep) in [(0, 1), (0, count / 2), (count / 3, count / 3), (count / 4, count)] {
      let ranks = top..<min(count, top + max(1, keep))
      let (low, high) = (keys[order[ranks.upperBound - 1]], keys[order[ranks.lowerBound]])
      let band = OrderBand(
        lower: (low, ranks.upperBound - keys.filter { $0 > low }.count),
        upper: (high, ranks.lowerBound - keys.filter { $0 > high }.count))
      let kept = Set(order[ranks])
      for block in [1, 3, 16, count] {
        #expect(
          selected(keys, band, block: block) == keys.indices.filter { kept.contains($0) },
          "ranks \(ranks) of \(count), blocks of \(block)")
      }
    }
  }

  private func selected(_ keys: [Float], _ band: OrderBand, block: Int) -> [Int] {
    let arena = VectorArena()
    var (found, ordinals) = ([Int](), (lower: 0, upper: 0))
    for start in stride(from: 0, to: keys.count, by: block) {
      let part = keys[start..<min(keys.count, start + block)]
      let (values, ranked) = (arena.vector(part.count), arena.vector(part.count))
      values.fill(1)
      for (index, key) in part.enumerated() { ranked[index] = key }
      values.keep(keys: ranked, in: band, ordinals: ordinals)
      found += values.values.indices.filter { values[$0] != 0 }.map { start + $0 }
      ordinals.lower += ranked.count(of: band.lower.value)
      ordinals.upper += ranked.count(of: band.upper.value)
    }
    return found
  }
}
