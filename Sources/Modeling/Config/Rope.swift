internal import Glibc

/// Rotary positions of some layers.
public struct Rope: Sendable, Equatable {
  public var base: Double
  /// Leading values of every head that are rotated; even.
  public var rotaryWidth: Int
  public var scaling: RopeScaling

  /// Angle a position of each rotated pair, and the factor on cosine and sine.
  public struct Frequencies: Sendable, Equatable {
    public var inverse: [Double]
    public var factor: Double
  }

  /// Sequences up to this length share one table; longer ones need the table of their own length
  /// class. `Int.max` when length does not matter.
  public var lengthOfFirstTable: Int {
    switch scaling {
    case .dynamic(_, let original): original
    case .longrope(let longrope): longrope.originalLength
    default: Int.max
    }
  }

  /// Which table a sequence of `length` tokens needs: equal numbers, equal tables.
  public func tableClass(length: Int) -> Int {
    guard length > lengthOfFirstTable else { return 0 }
    if case .dynamic = scaling { return length }
    return 1
  }

  /// Frequencies for a sequence of `length` tokens, in double precision.
  public func frequencies(length: Int) -> Frequencies {
    switch scaling {
    case .none: plain(base: base)
    case .linear(let factor):
      Frequencies(inverse: inverse(base: base).map { $0 / factor }, factor: 1)
    case .dynamic(let factor, let original): dynamic(factor, original: original, length: length)
    case .llama3(let llama3):
      Frequencies(inverse: inverse(base: base).map(llama3.scaled), factor: 1)
    case .yarn(let yarn): yarn.frequencies(base: base, width: rotaryWidth)
    case .longrope(let longrope):
      longrope.frequencies(inverse(base: base), length: length)
    }
  }

  private func plain(base: Double) -> Frequencies {
    Frequencies(inverse: inverse(base: base), factor: 1)
  }

  private func inverse(base: Double) -> [Double] {
    (0..<rotaryWidth / 2).map { 1 / pow(base, Double(2 * $0) / Double(rotaryWidth)) }
  }

  /// NTK-aware: the base grows with the length, past the length of training.
  private func dynamic(_ factor: Double, original: Int, length: Int) -> Frequencies {
    let ratio = Double(max(length, original)) / Double(original)
    let width = Double(rotaryWidth)
    let growth = pow(factor * ratio - (factor - 1), width / (width - 2))
    return plain(base: base * growth)
  }
}

/// How a model stretches its rotary positions past the length it was first trained for.
public enum RopeScaling: Sendable, Equatable {
  case none
  case linear(factor: Double)
  case dynamic(factor: Double, original: Int)
  case llama3(Llama3Scaling)
  case yarn(YarnScaling)
  case longrope(LongRopeScaling)
}

/// Llama 3.1: slow frequencies are divided, fast ones kept, those between blended.
public struct Llama3Scaling: Sendable, Equatable {
  public var factor: Double
  public var lowFactor: Double
  public var highFactor: Double
  public var originalLength: Int

  func scaled(_ inverse: Double) -> Double {
    let turns = Double(originalLength) * inverse / (2 * .pi)
    if turns < lowFactor { return inverse / factor }
    if turns > highFactor { return inverse }
    let smooth = (turns - lowFactor) / (highFactor - lowFactor)
    return (1 - smooth) * inverse / factor + smooth * inverse
  }
}

/// YaRN (arXiv 2309.00071): a ramp over dimensions between interpolation and extrapolation.
public struct YarnScaling: Sendable, Equatable {
  public var factor: Double
  public var betaFast: Double
  public var betaSlow: Double
  public var originalLength: Int
  /// Factor on cosine and sine, so that scores get its square.
  public var attentionFactor: Double
  /// Ends of the ramp are rounded outwards to whole dimensions.
  public var isTruncated: Bool

  func frequencies(base: Double, width: Int) -> Rope.Frequencies {
    var low = correction(turns: betaFast, base: base, width: width)
    var high = correction(turns: betaSlow, base: base, width: width)
    if isTruncated { (low, high) = (low.rounded(.down), high.rounded(.up)) }
    (low, high) = (max(low, 0), min(high, Double(width - 1)))
    if low == high { high += 0.001 }
    let inverse = (0..<width / 2).map { index in
      let plain = 1 / pow(base, Double(2 * index) / Double(width))
      let ramp = min(max((Double(index) - low) / (high - low), 0), 1)
      return plain / factor * ramp + plain * (1 - ramp)
    }
    return Rope.Frequencies(inverse: inverse, factor: attentionFactor)
  }

  /// The dimension that turns `turns` times over the original length.
  private func correction(turns: Double, base: Double, width: Int) -> Double {
    Double(width) * log(Double(originalLength) / (turns * 2 * .pi)) / (2 * log(base))
  }

  /// 0.1 * scale * ln(factor) + 1, the paper's default.
  static func defaultAttentionFactor(_ factor: Double, scale: Double = 1) -> Double {
    factor <= 1 ? 1 : 0.1 * scale * log(factor) + 1
  }
}

/// LongRoPE (arXiv 2402.13753): a divisor for every dimension, one list for short sequences and
/// one for those past the original length.
public struct LongRopeScaling: Sendable, Equatable {
  public var shortFactors: [Double]
  public var longFactors: [Double]
  public var originalLength: Int
  public var attentionFactor: Double

  func frequencies(_ inverse: [Double], length: Int) -> Rope.Frequencies {
    let factors = length > originalLength ? longFactors : shortFactors
    return Rope.Frequencies(
      inverse: zip(inverse, factors).map { $0 / $1 }, factor: attentionFactor)
  }

  /// sqrt(1 + ln(factor) / ln(original length)).
  static func defaultAttentionFactor(_ factor: Double, originalLength: Int) -> Double {
    factor <= 1 ? 1 : (1 + log(factor) / log(Double(originalLength))).squareRoot()
  }
}
