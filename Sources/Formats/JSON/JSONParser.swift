internal import Kernels

/// Recursive descent over UTF-8 bytes; the depth limit bounds the stack.
struct JSONParser {
  let bytes: UnsafeRawBufferPointer
  let source: String
  let limits: JSONLimits
  /// The line of the source that the text begins on.
  let firstLine: Int
  var position = 0
  private var values = 0
  /// Bytes of the string being unescaped; kept to save allocations.
  var scratch: [UInt8] = []

  init(
    _ bytes: UnsafeRawBufferPointer, source: String, limits: JSONLimits, firstLine: Int
  ) {
    self.bytes = bytes
    self.source = source
    self.limits = limits
    self.firstLine = firstLine
  }

  mutating func document() throws(Problem) -> JSON {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else {
      throw problem("\(shown(at: position)) after the end of the JSON value")
    }
    return value
  }

  private mutating func value(depth: Int) throws(Problem) -> JSON {
    values += 1
    guard values <= limits.values else {
      throw problem("more than \(limits.values) JSON values")
    }
    guard let byte else {
      throw problem("the JSON ends where a value should be", hint: "it is cut short")
    }
    switch byte {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): return .array(try array(depth: depth + 1))
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t") where take("true"): return .bool(true)
    case UInt8(ascii: "f") where take("false"): return .bool(false)
    case UInt8(ascii: "n") where take("null"): return .null
    default: throw unexpectedValue()
    }
  }

  private mutating func array(depth: Int) throws(Problem) -> [JSON] {
    try enter(depth)
    var elements: [JSON] = []
    if take(UInt8(ascii: "]")) { return elements }
    while true {
      skipSpace()
      elements.append(try value(depth: depth))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      if take(UInt8(ascii: "]")) { return elements }
      throw problem(
        "\(shown(at: position)) after an array's element", expected: "',' or ']'")
    }
  }

  private mutating func object(depth: Int) throws(Problem) -> JSONObject {
    let start = position
    try enter(depth)
    var entries: [(key: String, value: JSON)] = []
    if take(UInt8(ascii: "}")) { return JSONObject() }
    while true {
      skipSpace()
      guard byte == UInt8(ascii: "\"") else {
        throw problem("\(shown(at: position)) where a key should be", expected: "a string")
      }
      let key = try string()
      skipSpace()
      guard take(UInt8(ascii: ":")) else {
        throw problem("\(shown(at: position)) after key \(quoted(key))", expected: "':'")
      }
      skipSpace()
      entries.append((key, try value(depth: depth)))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      if take(UInt8(ascii: "}")) { return try finished(entries, start: start) }
      throw problem(
        "\(shown(at: position)) after the value of \(quoted(key))", expected: "',' or '}'")
    }
  }

  private func finished(
    _ entries: [(key: String, value: JSON)], start: Int
  ) throws(Problem) -> JSONObject {
    let (object, repeated) = JSONObject.checking(entries)
    if let repeated, limits.duplicateKeys == .refuse {
      throw problem(
        "key \(quoted(entries[repeated].key)) comes twice in the object that begins here",
        at: start, expected: "every key once")
    }
    return object
  }

  /// Steps over the opening bracket and the space after it.
  private mutating func enter(_ depth: Int) throws(Problem) {
    guard depth <= limits.depth else {
      throw problem("JSON nested deeper than \(limits.depth)")
    }
    position += 1
    skipSpace()
  }

  // MARK: - Bytes

  /// The byte at hand, nil at the end.
  var byte: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ wanted: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == wanted else { return false }
    position += 1
    return true
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    guard bytes.count - position >= length else { return false }
    for index in 0..<length where bytes[position + index] != word.utf8Start[index] {
      return false
    }
    position += length
    return true
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0A, 0x0D, 0x09: position += 1
      default: return
      }
    }
  }

  // MARK: - Messages

  private func unexpectedValue() -> Problem {
    let rest = bytes[position...].prefix(10)
    for word in ["NaN", "Infinity", "nan", "inf"] where rest.starts(with: word.utf8) {
      return problem("\(word) is not JSON", expected: "a finite number or null")
    }
    return problem("\(shown(at: position)) is no JSON value")
  }

  /// The byte at `offset` for messages.
  private func shown(at offset: Int) -> String {
    guard offset < bytes.count else { return "the end of the text" }
    let byte = bytes[offset]
    if byte < 0x80 { return quoted(String(UnicodeScalar(byte))) }
    return "byte 0x" + String(byte, radix: 16, uppercase: true)
  }

  func problem(
    _ what: String, at offset: Int? = nil, expected: String? = nil, hint: String? = nil
  ) -> Problem {
    let offset = offset ?? position
    let (line, column) = lineAndColumn(of: offset, in: bytes)
    return Problem(
      .badData, at: "\(source):\(firstLine + line - 1):\(column)", "\(what) (byte \(offset))",
      expected: expected, hint: hint)
  }
}
