internal import Glibc

extension TemplateFilter {
  /// Filters that give numbers.
  static let numbers: [TemplateFilter] = [
    TemplateFilter("abs") { value, _, _ in try absolute(value) },
    TemplateFilter("int", ["default", "base"]) { value, given, _ in
      try integer(value, base: try given.int(1, default: 10)) ?? given[0] ?? .int(0)
    },
    TemplateFilter("float", ["default"]) { value, given, _ in
      try float(value).map { .float($0) } ?? given[0] ?? .float(0)
    },
    TemplateFilter("round", ["precision", "method"]) { value, given, _ in
      try rounded(
        value, precision: try given.int(0, default: 0),
        method: try given.optionalText(1)?.string ?? "common")
    },
    TemplateFilter("filesizeformat", ["binary"]) { value, given, _ in
      .string(fileSize(try float(value) ?? 0, isBinary: given.bool(0)))
    },
  ]

  private static func absolute(_ value: TemplateValue) throws -> TemplateValue {
    if case .undefined(let absence) = value { throw absence.fault }
    guard let number = TemplateNumber(value) else {
      throw TemplateFault(.type, "bad operand type for abs(): '\(value.typeName)'")
    }
    if case .float(let float) = number { return .float(abs(float)) }
    return number < .int(0)
      ? try TemplateNumber.int(0).combined(.subtract, number).value : number.value
  }

  /// Bytes of the longest text that is read as a number.
  private static let longestNumber = 4300

  /// `int(value)`, nil where Python gives up.
  private static func integer(_ value: TemplateValue, base: Int) throws -> TemplateValue? {
    switch value {
    case .undefined(let absence): throw absence.fault
    case .float(let float): return BigInteger(float).map { .integer($0) }
    case .text(let text):
      if let whole = parsedInteger(text, base: base) { return whole }
      return try float(value).flatMap { BigInteger($0) }.map { .integer($0) }
    default: return TemplateNumber(value)?.value
    }
  }

  private static func parsedInteger(_ text: PythonText, base: Int) -> TemplateValue? {
    guard text.bytes.count <= longestNumber else { return nil }
    var digits = text.stripped().string[...]
    let isNegative = digits.first == "-"
    if let sign = digits.first, "+-".contains(sign) { digits.removeFirst() }
    let prefixes = [16: "0x", 8: "0o", 2: "0b"]
    if let prefix = prefixes[base], digits.lowercased().hasPrefix(prefix) {
      digits = digits.dropFirst(2)
    }
    guard (2...16).contains(base), !digits.isEmpty, digits.first != "_", digits.last != "_",
      !digits.contains("__"),
      let value = BigInteger(
        digits: digits.utf8.filter { $0 != UInt8(ascii: "_") }, radix: UInt32(base))
    else { return nil }
    return .integer(isNegative ? -value : value)
  }

  /// `float(value)`, nil where Python gives up.
  private static func float(_ value: TemplateValue) throws -> Double? {
    if case .undefined(let absence) = value { throw absence.fault }
    if let text = value.text, text.bytes.count > longestNumber { return nil }
    guard let text = value.text?.stripped().string.lowercased() else {
      return TemplateNumber(value)?.double
    }
    let names = ["inf", "infinity", "nan"]
    let bare = text.drop { "+-".contains($0) }
    let isNumber = bare.utf8.allSatisfy {
      (0x30...0x39).contains($0) || [0x2B, 0x2D, 0x2E, 0x65].contains($0)
    }
    guard names.contains(String(bare)) || isNumber else { return nil }
    return Double(text)
  }

  private static func rounded(
    _ value: TemplateValue, precision: Int, method: String
  ) throws -> TemplateValue {
    if case .undefined(let absence) = value { throw absence.fault }
    guard let number = TemplateNumber(value) else {
      throw TemplateFault(.type, "type \(value.typeName) doesn't define __round__ method")
    }
    guard precision.magnitude <= 300 else {
      throw TemplateFault(.value, "round: a precision of \(precision)")
    }
    if method == "common" { return try number.rounded(to: precision) }
    guard ["ceil", "floor"].contains(method) else {
      throw TemplateFault(.value, "method must be common, ceil or floor")
    }
    let scale = pow(10, Double(precision))
    return .float((number.double * scale).rounded(method == "ceil" ? .up : .down) / scale)
  }

  private static func fileSize(_ bytes: Double, isBinary: Bool) -> String {
    let base = isBinary ? 1024.0 : 1000.0
    if bytes == 1 { return "1 Byte" }
    if bytes < base { return "\(Int(exactly: bytes.rounded(.towardZero)) ?? 0) Bytes" }
    var unit = base
    for (index, letter) in "kMGTPEZY".enumerated() {
      unit *= base
      guard bytes < unit || index == 7 else { continue }
      let prefix = isBinary ? "\(letter.uppercased())iB" : "\(letter)B"
      return "\(cFormat("%.1f", base * bytes / unit)) \(prefix)"
    }
    return ""
  }
}

extension TemplateNumber {
  /// Python's `round(value, places)`: to even on a tie of the exact value, type kept.
  func rounded(to places: Int) throws -> TemplateValue {
    if case .float(let float) = self {
      guard float.isFinite else { return .float(float) }
      if places >= 0 { return .float(Double(cFormat("%.\(places)f", float)) ?? float) }
      let scale = pow(10, Double(-places))
      return .float((float / scale).rounded(.toNearestOrEven) * scale)
    }
    guard places < 0, let whole = integer else { return value }
    let scale = TemplateNumber.int(10)
    guard let unit = try scale.combined(.power, .int(-places)).integer else { return value }
    let (quotient, rest) = whole.floorDivided(by: unit)
    let twice = rest + rest
    let isOdd = quotient.limbs.first.map { $0 & 1 == 1 } ?? false
    let goesUp = unit < twice || (twice == unit && isOdd != quotient.isNegative)
    return .integer((goesUp ? quotient + BigInteger(1) : quotient) * unit)
  }
}

/// `value` in C's notation for `format`, which holds one floating-point conversion.
func cFormat(_ format: String, _ value: Double) -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let size = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  if size >= buffer.count {
    buffer = [CChar](repeating: 0, count: Int(size) + 1)
    _ = withVaList([value]) { vsnprintf(&buffer, buffer.count, format, $0) }
  }
  return String(decoding: buffer.prefix(Int(size)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
