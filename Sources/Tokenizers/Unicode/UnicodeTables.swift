/// Decompositions, compositions and combining classes, unpacked once from `UnicodeData`.
final class UnicodeTables: Sendable {
  static let shared = UnicodeTables()

  private let canonical: [UInt32: [UInt32]]
  private let compatibility: [UInt32: [UInt32]]
  private let compositions: [UInt64: UInt32]
  private let classes: [UInt32: UInt8]
  /// A bit per form and scalar below U+30000: the scalar stays as it is wherever it stands.
  private let inert: [UInt8]

  private init() {
    canonical = Self.mappings(UnicodeData.canonical)
    compatibility = Self.mappings(UnicodeData.compatibility)
    var excluded: Set<UInt32> = []
    var scalar: UInt32 = 0
    for difference in Self.numbers(UnicodeData.exclusions) {
      scalar &+= difference
      excluded.insert(scalar)
    }
    var pairs: [UInt64: UInt32] = [:]
    for (scalar, parts) in canonical where parts.count == 2 && !excluded.contains(scalar) {
      pairs[UInt64(parts[0]) << 32 | UInt64(parts[1])] = scalar
    }
    compositions = pairs
    classes = Self.combiningClasses()
    inert = Self.inertBits(
      canonical: canonical, compatibility: compatibility, pairs: pairs, classes: classes)
  }

  func combiningClass(_ value: UInt32) -> UInt8 {
    value < 0x300 ? 0 : classes[value] ?? 0
  }

  /// Whether `value` never changes nor joins a neighbour in this form.
  func isInert(_ value: UInt32, _ form: UnicodeNormalization.Form) -> Bool {
    guard value < Self.inertSize else { return value >= 0x2FA20 }
    return inert[Int(value)] & Self.bit(form) != 0
  }

  /// Appends the full decomposition of `value`.
  func decompose(_ value: UInt32, compatibility isCompatible: Bool, into parts: inout [UInt32]) {
    if value < 0x80 { return parts.append(value) }
    if (0xAC00...0xD7A3).contains(value) { return decomposeHangul(value, into: &parts) }
    if isCompatible, let full = compatibility[value] {
      parts.append(contentsOf: full)
    } else if let step = canonical[value] {
      for part in step { decompose(part, compatibility: isCompatible, into: &parts) }
    } else {
      parts.append(value)
    }
  }

  /// The character that two join to, nil when they do not.
  func composition(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
      return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
    }
    if (0xAC00...0xD7A3).contains(first), (first - 0xAC00) % 28 == 0,
      (0x11A8..<0x11C3).contains(second)
    {
      return first + second - 0x11A7
    }
    return compositions[UInt64(first) << 32 | UInt64(second)]
  }

  private func decomposeHangul(_ value: UInt32, into parts: inout [UInt32]) {
    let index = value - 0xAC00
    parts.append(0x1100 + index / 588)
    parts.append(0x1161 + index % 588 / 28)
    if index % 28 != 0 { parts.append(0x11A7 + index % 28) }
  }

  // MARK: - Unpacking

  private static let inertSize: UInt32 = 0x30000

  private static func bit(_ form: UnicodeNormalization.Form) -> UInt8 {
    switch form {
    case .nfc: 1
    case .nfd: 2
    case .nfkc: 4
    case .nfkd: 8
    }
  }

  private static func inertBits(
    canonical: [UInt32: [UInt32]], compatibility: [UInt32: [UInt32]], pairs: [UInt64: UInt32],
    classes: [UInt32: UInt8]
  ) -> [UInt8] {
    var bits = [UInt8](repeating: 15, count: Int(inertSize))
    func clear(_ value: UInt32, _ mask: UInt8) {
      if value < inertSize { bits[Int(value)] &= ~mask }
    }
    let composed = Set(pairs.values)
    for value in canonical.keys {
      clear(value, 2 | 8)
      // What composes back from its own parts stays as it is; the rest does not.
      if !composed.contains(value) { clear(value, 1 | 4) }
    }
    for value in compatibility.keys { clear(value, 4 | 8) }
    // What has a compatibility character among its parts (`ẛ`) changes with that part.
    for (value, parts) in canonical where hasCompatibility(parts, canonical, compatibility) {
      clear(value, 4)
    }
    for value in classes.keys { clear(value, 15) }
    for pair in pairs.keys { clear(UInt32(truncatingIfNeeded: pair), 1 | 4) }
    for value in UInt32(0xAC00)...0xD7A3 { clear(value, 2 | 8) }
    // Vowels and final consonants join a Hangul syllable before them.
    for value in UInt32(0x1161)..<0x11C3 { clear(value, 1 | 4) }
    return bits
  }

  private static func hasCompatibility(
    _ parts: [UInt32], _ canonical: [UInt32: [UInt32]], _ compatibility: [UInt32: [UInt32]]
  ) -> Bool {
    parts.contains { part in
      compatibility[part] != nil
        || (canonical[part].map { hasCompatibility($0, canonical, compatibility) } ?? false)
    }
  }

  private static func mappings(_ packed: StaticString) -> [UInt32: [UInt32]] {
    let numbers = numbers(packed)
    var result: [UInt32: [UInt32]] = [:]
    var scalar: UInt32 = 0
    var index = 0
    while index + 1 < numbers.count {
      scalar &+= numbers[index]
      let count = Int(numbers[index + 1])
      index += 2
      result[scalar] = numbers[index..<min(index + count, numbers.count)].map { zigzag in
        let half = zigzag >> 1
        return zigzag & 1 == 0 ? scalar &+ half : scalar &- half &- 1
      }
      index += count
    }
    return result
  }

  private static func combiningClasses() -> [UInt32: UInt8] {
    let numbers = numbers(UnicodeData.combiningClasses)
    var result: [UInt32: UInt8] = [:]
    var scalar: UInt32 = 0
    for index in stride(from: 0, to: numbers.count - 2, by: 3) {
      scalar &+= numbers[index]
      for value in scalar..<scalar + numbers[index + 1] {
        result[value] = UInt8(truncatingIfNeeded: numbers[index + 2])
      }
    }
    return result
  }

  /// The numbers of a packed table.
  private static func numbers(_ packed: StaticString) -> [UInt32] {
    let bytes =
      Base64.decoded(UnsafeBufferPointer(start: packed.utf8Start, count: packed.utf8CodeUnitCount))
      ?? []
    var numbers: [UInt32] = []
    var value: UInt32 = 0
    var shift: UInt32 = 0
    for byte in bytes {
      value |= UInt32(byte & 0x7F) << shift
      if byte & 0x80 != 0 {
        shift += 7
      } else {
        numbers.append(value)
        value = 0
        shift = 0
      }
    }
    return numbers
  }
}

/// Base64 as in RFC 4648, padding optional.
enum Base64 {
  /// The bytes, nil when a character is none of the alphabet.
  static func decoded(_ text: some Sequence<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for character in text {
      if character == UInt8(ascii: "=") || character == 0x0A || character == 0x0D { continue }
      guard let value = value(character) else { return nil }
      buffer = buffer << 6 | value
      bits += 6
      if bits >= 8 {
        bits -= 8
        result.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
      }
    }
    return result
  }

  private static func value(_ character: UInt8) -> UInt32? {
    switch character {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(character - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(character - UInt8(ascii: "a") + 26)
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(character - UInt8(ascii: "0") + 52)
    case UInt8(ascii: "+"): 62
    case UInt8(ascii: "/"): 63
    default: nil
    }
  }
}
