internal import Kernels

// Strings and numbers.
extension JSONParser {
  /// The string whose opening quote is at hand.
  mutating func string() throws(Problem) -> String {
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        let text = try decoded(bytes[start..<position], from: start)
        position += 1
        return text
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw controlCharacter()
      default: position += 1
      }
    }
    throw problem("a string that begins here does not end", at: start - 1, hint: "it is cut short")
  }

  /// The rest of a string that holds escapes; `start` is its first byte.
  private mutating func escapedString(from start: Int) throws(Problem) -> String {
    scratch.removeAll(keepingCapacity: true)
    scratch.append(contentsOf: bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try unescaped(start: start)
      case UInt8(ascii: "\\"): try escape()
      case 0..<0x20: throw controlCharacter()
      default:
        scratch.append(byte)
        position += 1
      }
    }
    throw problem("a string that begins here does not end", at: start - 1, hint: "it is cut short")
  }

  private func unescaped(start: Int) throws(Problem) -> String {
    guard let text = String(validating: scratch, as: UTF8.self) else {
      _ = try decoded(bytes[start..<position], from: start)
      throw problem("a string that is not UTF-8", at: start)
    }
    return text
  }

  private func decoded(
    _ part: Slice<UnsafeRawBufferPointer>, from start: Int
  ) throws(Problem) -> String {
    let part = UnsafeRawBufferPointer(rebasing: part)
    if let text = String(validating: part, as: UTF8.self) { return text }
    throw problem(
      "a string that is not UTF-8", at: start + (firstInvalidUTF8(in: part) ?? 0),
      expected: "UTF-8")
  }

  private func controlCharacter() -> Problem {
    problem(
      "control character 0x\(String(bytes[position], radix: 16)) in a string",
      expected: "an escape such as \\n")
  }

  /// Appends what the escape at hand stands for to `scratch`.
  private mutating func escape() throws(Problem) {
    guard position + 1 < bytes.count else { throw problem("an escape without an end") }
    let plain: UInt8
    switch bytes[position + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = bytes[position + 1]
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "u"):
      let scalar = try unicodeEscape()
      scratch.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
      return
    default:
      throw problem(
        "an unknown escape in a string", expected: #"one of \" \\ \/ \b \f \n \r \t \u"#)
    }
    scratch.append(plain)
    position += 2
  }

  /// `\uXXXX`, or two of them that make a surrogate pair.
  private mutating func unicodeEscape() throws(Problem) -> UnicodeScalar {
    let start = position
    let first = try hexUnit()
    if let scalar = UnicodeScalar(first) { return scalar }
    if first < 0xDC00, bytes.count - position >= 2, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    {
      let second = try hexUnit()
      let value = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) &- 0xDC00)
      if (0xDC00..<0xE000).contains(second), let scalar = UnicodeScalar(value) { return scalar }
    }
    throw problem(
      "\\u\(String(first, radix: 16)) is half a surrogate pair, no character", at: start,
      expected: "both halves")
  }

  private mutating func hexUnit() throws(Problem) -> UInt16 {
    var unit: UInt16 = 0
    for offset in 2..<6 {
      guard position + offset < bytes.count, let digit = hexDigit(bytes[position + offset]) else {
        throw problem("an incomplete \\u escape", expected: "four hexadecimal digits")
      }
      unit = unit << 4 | digit
    }
    position += 6
    return unit
  }

  private func hexDigit(_ byte: UInt8) -> UInt16? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }

  // MARK: - Numbers

  /// The number that begins at hand: `-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?`
  mutating func number() throws(Problem) -> JSON {
    let start = position
    _ = take(UInt8(ascii: "-"))
    let first = byte
    guard digits() > 0 else { throw problem("a number without digits", at: start) }
    if first == UInt8(ascii: "0"), position - start > (bytes[start] == UInt8(ascii: "-") ? 2 : 1) {
      throw problem("a number that begins with 0", at: start, expected: "no leading zeros")
    }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard digits() > 0 else { throw problem("a number that ends in '.'", at: start) }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() > 0 else { throw problem("an exponent without digits", at: start) }
    }
    if isWhole, let value = whole(start..<position) { return .int(value) }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw problem(
        "number \(quoted(text, limit: 30)) is out of range", at: start,
        expected: "at most 1.8e308")
    }
    return .number(value)
  }

  /// Steps over digits and says how many there were.
  private mutating func digits() -> Int {
    let start = position
    while let byte, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
    return position - start
  }

  /// The digits of `range` as a number, nil when they do not fit.
  private func whole(_ range: Range<Int>) -> Int64? {
    let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
    var value: Int64 = 0
    for index in (range.lowerBound + (isNegative ? 1 : 0))..<range.upperBound {
      let digit = Int64(bytes[index] - UInt8(ascii: "0"))
      let (shifted, over) = value.multipliedReportingOverflow(by: 10)
      let (next, above) = shifted.addingReportingOverflow(isNegative ? -digit : digit)
      if over || above { return nil }
      value = next
    }
    return value
  }
}
