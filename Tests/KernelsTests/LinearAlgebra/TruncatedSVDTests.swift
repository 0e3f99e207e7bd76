import Testing

@testable import Kernels

@Suite struct TruncatedSVDTests {
  private let rng = CounterRNG(seed: 11)

  @Test(arguments: [[80, 200], [200, 80], [90, 90]])
  func findsALowRankMatrixExactly(shape: [Int]) throws {
    let a = deficient(shape[0], shape[1], rank: 6)
    let svd = try a.truncatedSVD(rank: 8, rng: rng)
    #expect(svd.u.columns == 8 && svd.vT.rows == 8 && svd.s.count == 8)
    #expect(distance(svd.product, a) < 1e-12)
    #expect(svd.rank(relative: 1e-10) == 6)
    let exact = try a.svd()
    for index in 0..<6 { #expect(abs(svd.s[index] / exact.s[index] - 1) < 1e-11) }
  }

  @Test func isNearTheBestOnAFlatSpectrum() throws {
    // A square normal matrix is the hard case: nothing falls off behind the rank.
    let a = normal(120, 120)
    let (exact, approximate) = (try a.svd(), try a.truncatedSVD(rank: 20, rng: rng))
    let best = (a - exact.truncated(to: 20).product).frobeniusNorm
    let found = (a - approximate.product).frobeniusNorm
    #expect(found >= best * (1 - 1e-12))
    #expect(found < 1.03 * best, "two power iterations: a few per cent")
    #expect(defect(ofColumns: approximate.u) < rounding)
  }

  @Test func equalSeedsGiveEqualBytes() throws {
    let a = normal(100, 140)
    let (one, two) = (
      try a.truncatedSVD(rank: 12, rng: rng), try a.truncatedSVD(rank: 12, rng: rng)
    )
    #expect(one.u == two.u && one.s == two.s && one.vT == two.vT)
    let other = try a.truncatedSVD(rank: 12, rng: CounterRNG(seed: 12))
    #expect(one.vT != other.vT)
  }

  @Test func nearlyFullRanksAreExact() throws {
    let a = normal(12, 9)
    let svd = try a.truncatedSVD(rank: 5, rng: rng)
    #expect(svd.s == Array(try a.svd().s.prefix(5)))
    #expect(try a.truncatedSVD(rank: 0, rng: rng).s.isEmpty)
    #expect(try a.truncatedSVD(rank: 99, rng: rng).s.count == 9)
    #expect(try Matrix(zeros: 0, by: 4).truncatedSVD(rank: 3, rng: rng).s.isEmpty)
  }
}
