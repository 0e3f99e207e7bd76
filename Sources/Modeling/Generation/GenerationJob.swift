internal import Kernels

/// A prompt and which samples of it to draw.
public struct GenerationJob: Sendable, Equatable {
  /// At least one token.
  public var promptIDs: [Int32]
  /// Numbers of the samples, usually 0..<n. Sample k is the same whatever else is drawn.
  public var samples: [Int]
  public var seed: UInt64

  public init(promptIDs: [Int32], samples: [Int], seed: UInt64) {
    self.promptIDs = promptIDs
    self.samples = samples
    self.seed = seed
  }

  /// The random numbers of sample k: keyed by seed, prompt and k alone.
  func generator(sample: Int) -> CounterRNG {
    CounterRNG(seed: seed, stream: promptKey).substream(UInt64(bitPattern: Int64(sample)))
  }

  /// FNV-1a over the prompt's ids.
  private var promptKey: UInt64 {
    var key: UInt64 = 0xCBF2_9CE4_8422_2325
    for id in promptIDs {
      for shift in stride(from: 0, to: 32, by: 8) {
        key ^= UInt64(UInt32(bitPattern: id) >> UInt32(shift) & 0xFF)
        key &*= 0x0000_0100_0000_01B3
      }
    }
    return key
  }
}
