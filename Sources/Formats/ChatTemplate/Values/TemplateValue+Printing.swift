extension TemplateValue {
  /// Python's name of the type.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .int, .big: "int"
    case .float: "float"
    case .text: "str"
    case .list(let list): list.typeName
    case .dict: "dict"
    case .range: "range"
    case .object(let object): object.typeName
    }
  }

  /// `str(value)`: what `{{ value }}` prints.
  func printed() throws -> PythonText {
    switch self {
    case .text(let text): return text
    case .undefined: return ""
    default: return PythonText(try represented())
    }
  }

  /// `repr(value)`.
  func represented() throws -> String {
    switch self {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .bool(let bool): return bool ? "True" : "False"
    case .int(let int): return String(int)
    case .big(let big): return big.description
    case .float(let float): return pythonDescription(of: float)
    case .text(let text): return text.represented
    case .list(let list): return try list.represented()
    case .dict(let dict): return try Self.represented(dict)
    case .range(let range):
      let step = range.step == 1 ? "" : ", \(range.step)"
      return "range(\(range.start), \(range.stop)\(step))"
    case .object(let object): return object.printed
    }
  }

  static func represented(_ dict: PythonDict) throws -> String {
    let pairs = try dict.pairs.map { "\(try $0.key.represented()): \(try $0.value.represented())" }
    return "{\(pairs.joined(separator: ", "))}"
  }
}

extension PythonList {
  var typeName: String {
    switch kind {
    case .list: "list"
    case .tuple: "tuple"
    case .keys: "dict_keys"
    case .values: "dict_values"
    case .items: "dict_items"
    case .generator: "generator"
    }
  }

  func represented() throws -> String {
    if kind == .generator { return "<generator object>" }
    let shown = try items.map { try $0.represented() }.joined(separator: ", ")
    switch kind {
    case .list, .generator: return "[\(shown)]"
    case .tuple: return items.count == 1 ? "(\(shown),)" : "(\(shown))"
    case .keys, .values, .items: return "\(typeName)([\(shown)])"
    }
  }
}

extension PythonText {
  /// In quotes, with escapes for what is not printable.
  var represented: String {
    let all = string.unicodeScalars
    let quote: Unicode.Scalar = all.contains("'") && !all.contains("\"") ? "\"" : "'"
    var shown = String.UnicodeScalarView([quote])
    for scalar in all {
      switch scalar {
      case "\\", quote: shown += ["\\", scalar]
      case "\n": shown += ["\\", "n"]
      case "\r": shown += ["\\", "r"]
      case "\t": shown += ["\\", "t"]
      case _ where scalar.isPythonPrintable: shown.append(scalar)
      default: shown += escaped(scalar).unicodeScalars
      }
    }
    shown.append(quote)
    return String(shown)
  }

  private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case ..<0x100: "\\x" + hexadecimal(scalar.value, width: 2)
    case ..<0x10000: "\\u" + hexadecimal(scalar.value, width: 4)
    default: "\\U" + hexadecimal(scalar.value, width: 8)
    }
  }
}

/// Lower-case hexadecimal digits, zeros in front.
func hexadecimal(_ value: UInt32, width: Int) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}

/// `repr(float)`: the shortest digits that read back, with an exponent below 1e-4 and from 1e16.
func pythonDescription(of value: Double) -> String {
  if value.isNaN { return "nan" }
  let sign = value.sign == .minus ? "-" : ""
  if value.isInfinite { return sign + "inf" }
  if value == 0 { return sign + "0.0" }
  let (digits, exponent) = shortestDigits(of: value.magnitude)
  if exponent < -4 || exponent >= 16 {
    let fraction = digits.count > 1 ? "." + digits.dropFirst() : ""
    let size = String(abs(exponent))
    let padded = size.count < 2 ? "0" + size : size
    return sign + digits.prefix(1) + fraction + "e" + (exponent < 0 ? "-" : "+") + padded
  }
  if exponent < 0 {
    return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
  }
  let whole = digits.prefix(exponent + 1)
  let zeros = String(repeating: "0", count: exponent + 1 - whole.count)
  let fraction = digits.dropFirst(exponent + 1)
  return sign + whole + zeros + "." + (fraction.isEmpty ? "0" : fraction)
}

/// Shortest decimal digits d₀d₁d₂… and exponent e of a positive `value` = d₀.d₁d₂… · 10^e.
private func shortestDigits(of value: Double) -> (digits: String, exponent: Int) {
  let parts = value.description.split(separator: "e")
  let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
  let shift = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
  let fraction = number.count > 1 ? number[1] : ""
  var digits = String(number[0] + fraction)
  let leading = digits.prefix { $0 == "0" }.count
  digits.removeFirst(leading)
  while digits.count > 1, digits.last == "0" { digits.removeLast() }
  return (digits, number[0].count - 1 - leading + shift)
}
