import Testing

@testable import Kernels

@Suite struct CounterRNGTests {
  /// Known answers of Philox4x32-10 that its authors publish.
  @Test func matchesKnownAnswers() {
    let most = UInt64.max
    #expect(CounterRNG(seed: 0, stream: 0).bits(0) == 0xE169_C58D_6627_E8D5)
    #expect(CounterRNG(seed: most, stream: most).bits(most) == 0x41C8_3B0E_408F_276D)
    let rng = CounterRNG(seed: 0x299F_31D0_A409_3822, stream: 0x0370_7344_1319_8A2E)
    #expect(rng.bits(0x85A3_08D3_243F_6A88) == 0x94FD_CCEB_D16C_FE09)
  }

  @Test func drawsAreIndependentOfOrder() {
    let rng = CounterRNG(seed: 42, stream: 7)
    let forward = (0..<100).map { rng.bits($0) }
    let backward = (0..<100).reversed().map { rng.bits($0) }
    #expect(forward == backward.reversed())
    #expect(Set(forward).count == 100)
    #expect(rng.bits(3) != CounterRNG(seed: 42, stream: 8).bits(3))
    #expect(rng.bits(3) != CounterRNG(seed: 43, stream: 7).bits(3))
    #expect(rng.substream(0) != rng.substream(1))
  }

  @Test func momentsAreThoseOfTheDistributions() {
    let (rng, count) = (CounterRNG(seed: 1), 20_000)
    let uniform = (0..<count).map { rng.uniform(UInt64($0)) }
    #expect(uniform.allSatisfy { 0 <= $0 && $0 < 1 })
    #expect(abs(uniform.reduce(0, +) / Double(count) - 0.5) < 0.01, "5 standard errors")
    let normal = (0..<count).map { rng.normal(UInt64($0)) }
    let mean = normal.reduce(0, +) / Double(count)
    let variance = normal.reduce(0) { $0 + $1 * $1 } / Double(count)
    #expect(abs(mean) < 0.035 && abs(variance - 1) < 0.05, "5 standard errors")
  }

  @Test func permutationsHoldEachIndexOnce() {
    let order = CounterRNG(seed: 3).permutation(100)
    #expect(order.sorted() == Array(0..<100))
    #expect(order != Array(0..<100))
    #expect(CounterRNG(seed: 3).permutation(0) == [])
    #expect(CounterRNG(seed: 3).permutation(1) == [0])
  }
}
