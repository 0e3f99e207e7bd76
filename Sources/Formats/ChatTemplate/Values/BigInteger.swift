/// An integer beyond 64 bits: sign and magnitude, least significant limb first.
///
/// Template integers are unbounded. They hardly ever leave 64 bits, so this is written to be
/// plainly right; `limit` keeps it from being slow.
struct BigInteger: Hashable, Sendable {
  /// No trailing zero limbs; zero is the empty array.
  private(set) var limbs: [UInt32]
  private(set) var isNegative: Bool

  /// Magnitudes past this many bits are refused; Python itself prints 4300 digits at most.
  static let limit = 14_300

  init(_ value: Int) { self.init(Array(value.magnitude), isNegative: value < 0) }

  private init(_ limbs: [UInt32], isNegative: Bool) {
    self.limbs = Array(limbs.prefix(1 + (limbs.lastIndex { $0 != 0 } ?? -1)))
    self.isNegative = isNegative && !self.limbs.isEmpty
  }

  /// Digits in `radix` (2...16), no sign, at least one.
  init?(digits: some Sequence<UInt8>, radix: UInt32 = 10) {
    var limbs: [UInt32] = []
    for digit in digits {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue, value < radix else {
        return nil
      }
      var carry = UInt64(value)
      for index in limbs.indices {
        carry += UInt64(limbs[index]) * UInt64(radix)
        limbs[index] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      if carry > 0 { limbs.append(UInt32(carry)) }
      guard limbs.count * 32 <= Self.limit + 64 else { return nil }
    }
    self.init(limbs, isNegative: false)
  }

  /// The integer a finite `value` has before its point.
  init?(_ value: Double) {
    guard value.isFinite else { return nil }
    let whole = value.rounded(.towardZero)
    if let small = Int(exactly: whole) {
      self.init(small)
      return
    }
    var limbs = Array(repeating: UInt32(0), count: Int(whole.exponent - 52) / 32)
    let shift = Int(whole.exponent - 52) % 32
    let mantissa = whole.significandBitPattern | 1 << 52
    let (high, low) = mantissa.multipliedFullWidth(by: 1 << UInt64(shift))
    limbs += [UInt32(truncatingIfNeeded: low), UInt32(low >> 32), UInt32(truncatingIfNeeded: high)]
    self.init(limbs, isNegative: value < 0)
  }

  var isZero: Bool { limbs.isEmpty }
  var bitWidth: Int {
    limbs.isEmpty ? 0 : limbs.count * 32 - limbs[limbs.count - 1].leadingZeroBitCount
  }

  /// The same number as `Int` when it fits.
  var small: Int? {
    guard limbs.count <= 2 else { return nil }
    let magnitude = limbs.reversed().reduce(UInt(0)) { $0 << 32 | UInt($1) }
    if isNegative { return magnitude <= 1 << 63 ? Int(truncatingIfNeeded: 0 &- magnitude) : nil }
    return Int(exactly: magnitude)
  }

  var double: Double {
    let magnitude = limbs.reversed().reduce(0.0) { $0 * 4_294_967_296 + Double($1) }
    return isNegative ? -magnitude : magnitude
  }

  static prefix func - (a: BigInteger) -> BigInteger {
    BigInteger(a.limbs, isNegative: !a.isNegative)
  }

  static func + (a: BigInteger, b: BigInteger) -> BigInteger {
    if a.isNegative == b.isNegative {
      return BigInteger(sum(a.limbs, b.limbs), isNegative: a.isNegative)
    }
    return less(a.limbs, b.limbs)
      ? BigInteger(difference(b.limbs, a.limbs), isNegative: b.isNegative)
      : BigInteger(difference(a.limbs, b.limbs), isNegative: a.isNegative)
  }

  static func * (a: BigInteger, b: BigInteger) -> BigInteger {
    var limbs = Array(repeating: UInt32(0), count: a.limbs.count + b.limbs.count + 1)
    for (i, x) in a.limbs.enumerated() {
      var carry: UInt64 = 0
      for (j, y) in b.limbs.enumerated() {
        carry += UInt64(x) * UInt64(y) + UInt64(limbs[i + j])
        limbs[i + j] = UInt32(truncatingIfNeeded: carry)
        carry >>= 32
      }
      limbs[i + b.limbs.count] = UInt32(carry)
    }
    return BigInteger(limbs, isNegative: a.isNegative != b.isNegative)
  }

  /// Floor division and its remainder, which takes the sign of `divisor` (not zero).
  func floorDivided(by divisor: BigInteger) -> (quotient: BigInteger, remainder: BigInteger) {
    let (whole, rest) = Self.divided(limbs, by: divisor.limbs)
    let quotient = BigInteger(whole, isNegative: isNegative != divisor.isNegative)
    let remainder = BigInteger(rest, isNegative: isNegative)
    if remainder.isZero || isNegative == divisor.isNegative { return (quotient, remainder) }
    return (quotient + BigInteger(-1), remainder + divisor)
  }

  static func < (a: BigInteger, b: BigInteger) -> Bool {
    if a.isNegative != b.isNegative { return a.isNegative }
    return a.isNegative ? less(b.limbs, a.limbs) : less(a.limbs, b.limbs)
  }

  var description: String {
    if limbs.isEmpty { return "0" }
    var rest = limbs
    var groups: [String] = []
    while !rest.isEmpty {
      let digits = String(Self.divide(&rest, by: 1_000_000_000))
      groups.append(String(repeating: "0", count: rest.isEmpty ? 0 : 9 - digits.count) + digits)
    }
    return (isNegative ? "-" : "") + groups.reversed().joined()
  }
}

// MARK: - Magnitudes

extension BigInteger {
  private static func less(_ a: [UInt32], _ b: [UInt32]) -> Bool {
    if a.count != b.count { return a.count < b.count }
    return a.reversed().lexicographicallyPrecedes(b.reversed())
  }

  private static func sum(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
    var carry: UInt64 = 0
    return (0...max(a.count, b.count)).map { index in
      carry += UInt64(index < a.count ? a[index] : 0) + UInt64(index < b.count ? b[index] : 0)
      defer { carry >>= 32 }
      return UInt32(truncatingIfNeeded: carry)
    }
  }

  /// `a − b` for `a ≥ b`.
  private static func difference(_ a: [UInt32], _ b: [UInt32]) -> [UInt32] {
    var borrow: Int64 = 0
    return a.indices.map { index in
      let digit = Int64(a[index]) - Int64(index < b.count ? b[index] : 0) - borrow
      borrow = digit < 0 ? 1 : 0
      return UInt32(truncatingIfNeeded: digit)
    }
  }

  /// Divides in place and returns the remainder.
  private static func divide(_ limbs: inout [UInt32], by divisor: UInt32) -> UInt32 {
    var rest: UInt64 = 0
    for index in limbs.indices.reversed() {
      rest = rest << 32 | UInt64(limbs[index])
      limbs[index] = UInt32(rest / UInt64(divisor))
      rest %= UInt64(divisor)
    }
    while limbs.last == 0 { limbs.removeLast() }
    return UInt32(rest)
  }

  /// Long division bit by bit: slow and short, for numbers nobody has in a template.
  private static func divided(
    _ a: [UInt32], by b: [UInt32]
  ) -> (quotient: [UInt32], remainder: [UInt32]) {
    var quotient = Array(repeating: UInt32(0), count: a.count)
    var rest = BigInteger(0)
    let divisor = BigInteger(b, isNegative: false)
    for bit in (0..<a.count * 32).reversed() {
      rest = rest + rest
      if a[bit / 32] >> (bit % 32) & 1 == 1 { rest = rest + BigInteger(1) }
      if !(rest < divisor) {
        rest = rest + -divisor
        quotient[bit / 32] |= 1 << (bit % 32)
      }
    }
    return (quotient, rest.limbs)
  }
}

extension Array<UInt32> {
  /// The limbs of `magnitude`.
  fileprivate init(_ magnitude: UInt) {
    self = [UInt32(truncatingIfNeeded: magnitude), UInt32(magnitude >> 32)]
  }
}
