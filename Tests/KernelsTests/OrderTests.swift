import CKernels
import Testing

@testable import Kernels

/// Selection by counting, against a sort.
@Suite struct OrderTests {
  private let arena = VectorArena()

  private func vector(_ values: [Float]) -> Vector {
    let vector = arena.vector(values.count)
    for (index, value) in values.enumerated() { vector[index] = value }
    return vector
  }

  @Test func orderNumbersGrowWithTheValues() {
    let ascending: [Float] = [
      -.infinity, -3e38, -1, -1e-30, -0x1p-149, -0.0, 0, 0x1p-149, 1e-30, 1, 1.0000001, 3e38,
      .infinity,
      .nan,
    ]
    let numbers = ascending.map { ck_order_number($0) }
    for (smaller, larger) in zip(numbers, numbers.dropFirst()) { #expect(smaller < larger) }
    for (value, number) in zip(ascending.dropLast(), numbers) {
      #expect(ck_order_value(number).bitPattern == value.bitPattern)
    }
    #expect(ck_order_number(-.nan) == ck_order_number(.nan), "every NaN is the largest")
    #expect(ck_order_value(ck_order_number(.nan)).isNaN)
    let random = floats(2000, scale: 1e3).sorted().map { ck_order_number($0) }
    #expect(random == random.sorted())
  }

  /// Many equal values, both signs, infinities.
  @Test func countsFindEveryRank() {
    var values = floats(3000, scale: 4).map { ($0 * 8).rounded() / 8 } + floats(500, scale: 1e-20)
    values += [.infinity, -.infinity, 0, 0, 0]
    let (keys, sorted) = (vector(values), values.sorted())
    var upper = OrderCounts()
    upper.addUpper(of: keys[0..<1000])
    var rest = OrderCounts()
    rest.addUpper(of: keys[1000..<values.count])
    upper.add(rest)
    for rank in stride(from: 0, to: values.count, by: 13) {
      guard let bin = upper.bin(ofRank: rank) else {
        Issue.record("no bin of \(rank)")
        return
      }
      var lower = OrderCounts()
      lower.addLower(of: keys, upper: bin.bin)
      guard let place = lower.bin(ofRank: rank - bin.below) else {
        Issue.record("no value of \(rank)")
        return
      }
      let value = OrderCounts.value(upper: bin.bin, lower: place.bin)
      #expect(value == sorted[rank])
      let below = values.count { ck_order_number($0) < ck_order_number(value) }
      #expect(bin.below + place.below == below)
      if value != 0 { #expect(Int(lower.counts[place.bin]) == keys.count(of: value)) }
    }
    #expect(upper.bin(ofRank: values.count) == nil)
  }

  @Test(arguments: [0, 1, 2, 255, 256, 1000])
  func ranksAreThoseOfAStableSort(count: Int) {
    let values = floats(count, scale: 4).map { $0.rounded() }
    let order = values.indices.sorted {
      (abs(values[$0]), $0) < (abs(values[$1]), $1)
    }
    var wanted = [Float](repeating: -1, count: count)
    for (rank, index) in order.enumerated() { wanted[index] = Float(rank) }
    let ranks = arena.vector(count)
    ranks.setRanks(ofMagnitudes: vector(values), scratch: arena)
    #expect(ranks.values == wanted)
  }

  /// Descending ranks 3..<9 of keys with ties at both limits, in one piece and in two.
  @Test(arguments: [12, 1, 5, 7])
  func bandsCutTiesByIndex(cut: Int) {
    let keys: [Float] = [5, 2, 5, 3, 5, 2, 9, 2, 5, 1, 2, 0]
    // Descending with lowest index first: 9, 5(0), 5(2) | 5(4), 5(8), 3, 2(1), 2(5), 2(7) | 2(10) …
    let band = OrderBand(lower: (2, 3), upper: (5, 2))
    let (values, keyVector) = (vector((1...12).map { Float($0) }), vector(keys))
    let first = (lower: 0, upper: 0)
    values[0..<cut].keep(keys: keyVector[0..<cut], in: band, ordinals: first)
    let past = (lower: keys[..<cut].count { $0 == 2 }, upper: keys[..<cut].count { $0 == 5 })
    values[cut..<12].keep(keys: keyVector[cut..<12], in: band, ordinals: past)
    #expect(values.values == [0, 2, 0, 4, 5, 6, 0, 8, 9, 0, 0, 0])
  }

  /// Both limits the same value: ranks 1..<3 of four equal keys.
  @Test func bandsOfOneValueAreCutOnBothSides() {
    let values = vector([1, 2, 3, 4, 5])
    values.keep(
      keys: vector([7, 7, 1, 7, 7]), in: OrderBand(lower: (7, 3), upper: (7, 1)),
      ordinals: (0, 0))
    #expect(values.values == [0, 2, 0, 4, 0])
  }
}
