internal import Kernels

/// One conversion of a format: `%-08.3f` or, in `str.format`, `{:<8.3f}`.
struct FormatSpec {
  var fill: Unicode.Scalar = " "
  /// `<`, `>`, `^` or `=` (padding after the sign); nil: what suits the type.
  var alignment: Unicode.Scalar?
  /// `+`, space or nil.
  var sign: Unicode.Scalar?
  var isAlternate = false
  var width = 0
  var precision: Int?
  /// `,` or `_` between groups of three digits.
  var grouping: Unicode.Scalar?
  var type: Unicode.Scalar?

  /// Widest field and longest fraction that are accepted.
  static let limit = 10_000
}

/// Reads a format character by character.
struct FormatReader {
  private let scalars: [Unicode.Scalar]
  private var index = 0

  init(_ text: PythonText) { scalars = text.scalars }

  var isAtEnd: Bool { index == scalars.count }
  var peek: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }
  var second: Unicode.Scalar? { index + 1 < scalars.count ? scalars[index + 1] : nil }

  mutating func next() -> Unicode.Scalar? {
    guard let scalar = peek else { return nil }
    index += 1
    return scalar
  }

  mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    index += 1
    return true
  }

  /// Digits as a number, nil when there are none.
  mutating func number() throws -> Int? {
    var value: Int?
    while let digit = peek, ("0"..."9").contains(digit) {
      value = (value ?? 0) * 10 + Int(digit.value - 48)
      index += 1
      guard value ?? 0 <= FormatSpec.limit else {
        throw TemplateFault(.limit, "a format wider than \(FormatSpec.limit)")
      }
    }
    return value
  }
}

/// `format % values`.
func percentFormat(
  _ format: PythonText, _ values: TemplateValue, _ evaluator: TemplateEvaluator
) throws -> PythonText {
  try evaluator.budget.spend(values.weight + format.bytes.count >> 3)
  var writer = PercentWriter(values)
  var reader = FormatReader(format)
  while let scalar = reader.next() {
    if scalar == "%" {
      try writer.convert(&reader)
    } else {
      writer.text.unicodeScalars.append(scalar)
    }
    try evaluator.budget.check(size: writer.text.utf8.count)
  }
  try writer.finish()
  return PythonText(writer.text)
}

private struct PercentWriter {
  var text = ""
  private let mapping: PythonDict?
  private let values: [TemplateValue]
  private var used = 0

  init(_ values: TemplateValue) {
    switch values {
    case .list(let list) where list.kind == .tuple: (self.values, mapping) = (list.items, nil)
    case .dict(let dict): (self.values, mapping) = ([values], dict)
    default: (self.values, mapping) = ([values], nil)
    }
  }

  mutating func convert(_ reader: inout FormatReader) throws {
    var spec = FormatSpec()
    var value: TemplateValue?
    if reader.skip("(") { value = try named(&reader) }
    flags: while let flag = reader.peek {
      switch flag {
      case "-": spec.alignment = "<"
      case "0": if spec.alignment == nil { (spec.alignment, spec.fill) = ("=", "0") }
      case "+": spec.sign = "+"
      case " ": spec.sign = spec.sign ?? " "
      case "#": spec.isAlternate = true
      default: break flags
      }
      _ = reader.next()
    }
    spec.width = try reader.number() ?? 0
    if reader.skip(".") { spec.precision = try reader.number() ?? 0 }
    guard let type = reader.next() else { throw TemplateFault(.value, "incomplete format") }
    if type == "%" {
      text += "%"
      return
    }
    text += try shown(value ?? next(), type, spec)
  }

  private func named(_ reader: inout FormatReader) throws -> TemplateValue {
    guard let mapping else { throw TemplateFault(.type, "format requires a mapping") }
    var name = ""
    while let scalar = reader.next(), scalar != ")" { name.unicodeScalars.append(scalar) }
    guard let value = mapping[name] else { throw TemplateFault(.value, quoted(name)) }
    return value
  }

  private mutating func next() throws -> TemplateValue {
    guard used < values.count else {
      throw TemplateFault(.type, "not enough arguments for format string")
    }
    used += 1
    return values[used - 1]
  }

  func finish() throws {
    guard used >= values.count || mapping != nil else {
      throw TemplateFault(.type, "not all arguments converted during string formatting")
    }
  }

  private func shown(
    _ value: TemplateValue, _ type: Unicode.Scalar, _ spec: FormatSpec
  ) throws -> String {
    var spec = spec
    switch type {
    case "s", "r", "a":
      if spec.alignment == "=" { (spec.alignment, spec.fill) = (">", " ") }
      let full = type == "s" ? try value.printed().string : try value.represented()
      let cut = spec.precision.map { String(full.unicodeScalars.prefix($0)) } ?? full
      return spec.padded(cut, defaultAlignment: ">")
    case "c": return spec.padded(try Self.character(value), defaultAlignment: ">")
    case "d", "i", "u":
      guard let number = TemplateNumber(value), let whole = BigInteger(truncating: number) else {
        throw TemplateFault(
          .type, "%\(type) format: a real number is required, not \(value.typeName)")
      }
      return spec.padded(spec.digits(of: whole, radix: 10), defaultAlignment: ">")
    case "x", "X", "o":
      guard let whole = TemplateNumber(value)?.integer else {
        throw TemplateFault(
          .type, "%\(type) format: an integer is required, not \(value.typeName)")
      }
      spec.type = type
      return spec.padded(spec.digits(of: whole, radix: type == "o" ? 8 : 16), defaultAlignment: ">")
    case "f", "F", "e", "E", "g", "G":
      guard let number = TemplateNumber(value) else {
        throw TemplateFault(.type, "must be real number, not \(value.typeName)")
      }
      spec.type = type
      return spec.padded(spec.digits(of: number.double), defaultAlignment: ">")
    default:
      throw TemplateFault(.value, "unsupported format character \(quoted(String(type)))")
    }
  }

  private static func character(_ value: TemplateValue) throws -> String {
    if let text = value.text, text.count == 1 { return text.string }
    guard case .int(let code) = value,
      let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init)
    else { throw TemplateFault(.type, "%c requires int or char") }
    return String(scalar)
  }
}

extension BigInteger {
  init?(truncating number: TemplateNumber) {
    switch number {
    case .int(let int): self.init(int)
    case .big(let big): self = big
    case .float(let float): self.init(float)
    }
  }
}
