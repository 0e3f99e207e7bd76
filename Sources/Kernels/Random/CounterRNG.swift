internal import Glibc

/// Random numbers without a state: draw number `index` of `stream` under `seed` is a pure function
/// of the three, so that any sample can be drawn again alone, in any order, on any thread.
///
/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): the key is
/// the seed, the counter (index, stream). One block gives the 64 bits of one index twice over;
/// the first half serves `bits`, both serve `normal`.
public struct CounterRNG: Sendable, Equatable {
  public let seed: UInt64
  public let stream: UInt64

  public init(seed: UInt64, stream: UInt64 = 0) {
    self.seed = seed
    self.stream = stream
  }

  /// An independent generator for part `index` of what this one is for (a prompt, a sample).
  public func substream(_ index: UInt64) -> CounterRNG {
    let mixed = CounterRNG(seed: seed ^ 0x9E37_79B9_7F4A_7C15, stream: stream).block(index)
    return CounterRNG(seed: seed, stream: mixed.0)
  }

  /// 64 uniform bits.
  public func bits(_ index: UInt64) -> UInt64 { block(index).0 }

  /// Uniform in [0, 1), a multiple of 2⁻⁵³.
  public func uniform(_ index: UInt64) -> Double { Self.unit(bits(index)) }

  /// Uniform in 0..<`bound` without bias to 2⁻⁶⁴; `bound` is at least 1.
  public func integer(_ index: UInt64, below bound: Int) -> Int {
    Int(bits(index).multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// Standard normal (Box-Muller).
  public func normal(_ index: UInt64) -> Double {
    let (first, second) = block(index)
    return (-2 * log(1 - Self.unit(first))).squareRoot() * cos(2 * .pi * Self.unit(second))
  }

  /// `0..<count` in random order (Fisher-Yates over draws 0, 1, …).
  public func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, integer(UInt64(count - 1 - last), below: last + 1))
    }
    return order
  }

  private static func unit(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }

  private func block(_ index: UInt64) -> (UInt64, UInt64) {
    var c0 = UInt32(truncatingIfNeeded: index)
    var c1 = UInt32(truncatingIfNeeded: index >> 32)
    var c2 = UInt32(truncatingIfNeeded: stream)
    var c3 = UInt32(truncatingIfNeeded: stream >> 32)
    var k0 = UInt32(truncatingIfNeeded: seed)
    var k1 = UInt32(truncatingIfNeeded: seed >> 32)
    for _ in 0..<10 {
      let first = c0.multipliedFullWidth(by: 0xD251_1F53)
      let second = c2.multipliedFullWidth(by: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (second.high ^ c1 ^ k0, second.low, first.high ^ c3 ^ k1, first.low)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (UInt64(c1) << 32 | UInt64(c0), UInt64(c3) << 32 | UInt64(c2))
  }
}
