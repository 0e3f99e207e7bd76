internal import Kernels

extension FormatSpec {
  /// `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
  init(parsing text: PythonText) throws {
    var reader = FormatReader(text)
    let alignments: [Unicode.Scalar] = ["<", ">", "^", "="]
    if let second = reader.second, alignments.contains(second), let fill = reader.next() {
      self.fill = fill
      alignment = reader.next()
    } else if let first = reader.peek, alignments.contains(first) {
      alignment = reader.next()
    }
    if let first = reader.peek, ["+", "-", " "].contains(first) {
      _ = reader.next()
      sign = first == "-" ? nil : first
    }
    isAlternate = reader.skip("#")
    if reader.skip("0"), alignment == nil { (fill, alignment) = ("0", "=") }
    width = try reader.number() ?? 0
    if let first = reader.peek, first == "," || first == "_" { grouping = reader.next() }
    if reader.skip(".") { precision = try reader.number() ?? 0 }
    type = reader.next()
    guard reader.isAtEnd else {
      throw TemplateFault(.value, "Invalid format specifier \(quoted(text.string))")
    }
  }

  /// `format(value, spec)`.
  func formatted(_ value: TemplateValue) throws -> String {
    switch (value, type) {
    case (.text, nil), (.text, "s"), (.none, nil), (.undefined, nil), (.list, nil), (.dict, nil):
      let text = try value.printed().string
      let cut = precision.map { String(text.unicodeScalars.prefix($0)) } ?? text
      return padded(cut, defaultAlignment: "<")
    case (.bool(let bool), nil) where width == 0 && precision == nil: return bool ? "True" : "False"
    default:
      guard let number = TemplateNumber(value) else { throw unknown(value) }
      return padded(try formatted(number, value), defaultAlignment: ">")
    }
  }

  private func formatted(_ number: TemplateNumber, _ value: TemplateValue) throws -> String {
    let radixes: [Unicode.Scalar: UInt32] = ["d": 10, "n": 10, "x": 16, "X": 16, "o": 8, "b": 2]
    switch (number, type) {
    case (.float(let float), nil):
      guard precision != nil else { return signed(pythonDescription(of: abs(float)), float < 0) }
      var general = self
      general.type = "g"
      let shown = general.digits(of: float)
      return shown.contains { ".en".contains($0) } ? shown : shown + ".0"
    case (_, "f"), (_, "F"), (_, "e"), (_, "E"), (_, "g"), (_, "G"):
      return digits(of: number.double)
    case (_, "%"):
      var percent = self
      percent.type = "f"
      return percent.digits(of: number.double * 100) + "%"
    default:
      guard let whole = number.integer, let radix = type.map({ radixes[$0] }) ?? 10 else {
        throw unknown(value)
      }
      return digits(of: whole, radix: radix)
    }
  }

  private func unknown(_ value: TemplateValue) -> TemplateFault {
    if case .undefined(let absence) = value { return absence.fault }
    let code = type.map { String($0) } ?? ""
    return TemplateFault(
      .value, "Unknown format code '\(code)' for object of type '\(value.typeName)'")
  }

  /// Digits of an integer with sign, prefix and groups, not yet padded.
  func digits(of value: BigInteger, radix: UInt32) -> String {
    var digits = ""
    var rest = value.isNegative ? -value : value
    if radix == 10 {
      digits = rest.description
    } else {
      let divisor = BigInteger(Int(radix))
      repeat {
        let (quotient, remainder) = rest.floorDivided(by: divisor)
        digits = String(remainder.small ?? 0, radix: Int(radix)) + digits
        rest = quotient
      } while !rest.isZero
    }
    let prefixes: [UInt32: String] = [16: "0x", 8: "0o", 2: "0b"]
    digits = grouped(digits)
    if isAlternate { digits = (prefixes[radix] ?? "") + digits }
    return signed(type == "X" ? digits.uppercased() : digits, value.isNegative)
  }

  func digits(of value: Double) -> String {
    guard value.isFinite else {
      return signed(value.isNaN ? "nan" : "inf", value < 0)
    }
    let conversion = type.map { String($0) } ?? "g"
    let format = "%\(isAlternate ? "#" : "").\(precision ?? 6)\(conversion)"
    let shown = cFormat(format, abs(value))
    let whole = shown.prefix { $0.isNumber }
    return signed(grouped(String(whole)) + shown.dropFirst(whole.count), value.sign == .minus)
  }

  private func grouped(_ digits: String) -> String {
    guard let grouping else { return digits }
    var shown = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) {
        shown.unicodeScalars.append(grouping)
      }
      shown.append(digit)
    }
    return shown
  }

  private func signed(_ digits: String, _ isNegative: Bool) -> String {
    isNegative ? "-" + digits : (sign.map { String($0) } ?? "") + digits
  }

  /// `text` in a field of `width` code points.
  func padded(_ text: String, defaultAlignment: Unicode.Scalar) -> String {
    let missing = width - text.unicodeScalars.count
    guard missing > 0 else { return text }
    func fills(_ count: Int) -> String { String(repeating: String(fill), count: count) }
    switch alignment ?? defaultAlignment {
    case "<": return text + fills(missing)
    case "^": return fills(missing / 2) + text + fills(missing - missing / 2)
    case "=":
      var rest = text[...]
      var head = ""
      if let sign = rest.first, "+- ".contains(sign) { head.append(rest.removeFirst()) }
      if rest.hasPrefix("0x") || rest.hasPrefix("0o") || rest.hasPrefix("0b") {
        head += rest.prefix(2)
        rest = rest.dropFirst(2)
      }
      return head + fills(missing) + rest
    default: return fills(missing) + text
    }
  }
}

/// `format.format(arguments)`, attributes and items of fields under the sandbox's rules.
struct BraceFormatter {
  let arguments: TemplateArguments
  let evaluator: TemplateEvaluator
  private var automatic = 0

  init(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) {
    self.arguments = arguments
    self.evaluator = evaluator
  }

  mutating func format(_ text: PythonText, level: Int = 0) throws -> PythonText {
    var shown = ""
    var reader = FormatReader(text)
    while let scalar = reader.next() {
      if scalar == "{", !reader.skip("{") {
        shown += try field(&reader, level: level)
      } else {
        if scalar == "}", !reader.skip("}") {
          throw TemplateFault(.value, "Single '}' encountered in format string")
        }
        shown.unicodeScalars.append(scalar)
      }
      try evaluator.budget.check(size: shown.utf8.count)
    }
    return PythonText(shown)
  }

  private mutating func field(_ reader: inout FormatReader, level: Int) throws -> String {
    guard level < 2 else { throw TemplateFault(.value, "Max string recursion exceeded") }
    var open = 1
    var inside: [Unicode.Scalar] = []
    while open > 0 {
      guard let scalar = reader.next() else {
        throw TemplateFault(.value, "expected '}' before end of string")
      }
      open += scalar == "{" ? 1 : scalar == "}" ? -1 : 0
      if open > 0 { inside.append(scalar) }
    }
    let head = inside.prefix { $0 != ":" && $0 != "!" }
    let value = try self.value(FormatReader(PythonText(scalars: head)))
    try evaluator.budget.spend(value.weight)
    var rest = inside.dropFirst(head.count)
    var converted = value
    if rest.first == "!" {
      let conversion = rest.dropFirst().first
      rest = rest.dropFirst(2)
      guard conversion == "r" || conversion == "s", rest.isEmpty || rest.first == ":" else {
        throw TemplateFault(.value, "unknown conversion in format string")
      }
      converted = conversion == "r" ? .string(try value.represented()) : .text(try value.printed())
    }
    let spec = try format(PythonText(scalars: rest.dropFirst()), level: level + 1)
    return try FormatSpec(parsing: spec).formatted(converted)
  }

  /// `name.attribute[item]…`.
  private mutating func value(_ reader: FormatReader) throws -> TemplateValue {
    var reader = reader
    var value = try argument(take(&reader, until: [".", "["]))
    while let separator = reader.next() {
      if separator == "." {
        value = try evaluator.attribute(take(&reader, until: [".", "["]), of: value)
      } else {
        let key = take(&reader, until: ["]"])
        _ = reader.next()
        value = try evaluator.item(Int(key).map { .int($0) } ?? .string(key), of: value)
      }
    }
    return value
  }

  private func take(_ reader: inout FormatReader, until stops: [Unicode.Scalar]) -> String {
    var text = ""
    while let scalar = reader.peek, !stops.contains(scalar) {
      text.unicodeScalars.append(scalar)
      _ = reader.next()
    }
    return text
  }

  private mutating func argument(_ name: String) throws -> TemplateValue {
    if name.isEmpty || Int(name) != nil {
      let index = Int(name) ?? automatic
      if name.isEmpty { automatic += 1 }
      guard arguments.positional.indices.contains(index) else {
        throw TemplateFault(
          .value, "Replacement index \(index) out of range for positional args tuple")
      }
      return arguments.positional[index]
    }
    guard let value = arguments.keywords.first(where: { $0.name == name })?.value else {
      throw TemplateFault(.value, quoted(name))
    }
    return value
  }
}
