internal import Kernels

/// The inside of `{{ … }}` and `{% … %}`.
extension TemplateLexer {
  private static let symbols = [
    "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{",
    "}", ">", "<", "=", ".", ":", "|", ",", ";",
  ]

  mutating func lexExpression(closing: UInt8, opened start: Int) throws {
    var open: [(closer: String, offset: Int)] = []
    while position < source.count {
      if open.isEmpty, closesTag(closing) { return }
      guard let (scalar, width) = scalar(at: position) else {
        throw TemplateFault(.syntax, "invalid UTF-8", at: position)
      }
      if scalar.isPythonSpace {
        position += width
      } else if scalar == "\"" || scalar == "'" {
        try lexString(quote: scalar)
      } else if ("0"..."9").contains(scalar) {
        try lexNumber()
      } else if scalar == "_" || scalar.isPythonAlphanumeric {
        try lexName()
      } else {
        try lexSymbol(scalar, &open)
      }
    }
    throw TemplateFault(.syntax, "unexpected end of template in this tag", at: start)
  }

  private mutating func lexSymbol(
    _ scalar: Unicode.Scalar, _ open: inout [(closer: String, offset: Int)]
  ) throws {
    guard let symbol = Self.symbols.first(where: { matches($0, at: position) }) else {
      throw TemplateFault(.syntax, "unexpected char \(quoted(String(scalar)))", at: position)
    }
    switch symbol {
    case "(": open.append((")", position))
    case "[": open.append(("]", position))
    case "{": open.append(("}", position))
    case ")", "]", "}":
      guard let last = open.popLast() else {
        throw TemplateFault(.syntax, "unexpected '\(symbol)'", at: position)
      }
      guard last.closer == symbol else {
        throw TemplateFault(
          .syntax, "unexpected '\(symbol)', expected '\(last.closer)'", at: position)
      }
    default: break
    }
    append(.symbol, symbol, at: position)
    position += symbol.utf8.count
  }

  private mutating func lexName() throws {
    let start = position
    while let (scalar, width) = scalar(at: position),
      scalar == "_" || scalar.isPythonAlphanumeric
        || scalar.properties.isIDContinue && !scalar.isPythonSpace
    {
      position += width
    }
    let name = String(decoding: source[start..<position], as: UTF8.self)
    guard name.unicodeScalars.first.map({ $0 == "_" || $0.properties.isXIDStart }) == true else {
      throw TemplateFault(.syntax, "Invalid character in identifier", at: start)
    }
    append(.name, name, at: start)
  }

  // MARK: - Numbers

  private mutating func lexNumber() throws {
    let start = position
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where matches(prefix, at: start) || matches(prefix.uppercased(), at: start) {
      position += 2
      let digits = takeDigits { $0.isHexDigit && ($0.hexDigitValue ?? 99) < radix }
      if !digits.isEmpty {
        append(.integer, prefix + digits, at: start)
        return
      }
      position = start
    }
    try lexDecimal(from: start)
  }

  private mutating func lexDecimal(from start: Int) throws {
    var digits = takeDigits { $0.isWholeNumber }
    if start > 0, source[start - 1] == UInt8(ascii: ".") {
      append(.integer, digits, at: start)  // `a.0.1` is two subscripts, no fraction.
      return
    }
    var isFloat = false
    let follows = { (index: Int, lexer: TemplateLexer) in
      index < lexer.source.count && (0x30...0x39).contains(lexer.source[index])
    }
    if matches(".", at: position), follows(position + 1, self) {
      position += 1
      digits += "." + takeDigits { $0.isWholeNumber }
      isFloat = true
    }
    if matches("e", at: position) || matches("E", at: position) {
      let isSigned = matches("+", at: position + 1) || matches("-", at: position + 1)
      if follows(position + (isSigned ? 2 : 1), self) {
        digits += isSigned ? "e" + String(Unicode.Scalar(source[position + 1])) : "e"
        position += isSigned ? 2 : 1
        digits += takeDigits { $0.isWholeNumber }
        isFloat = true
      }
    }
    if !isFloat, digits.count > 1, digits.hasPrefix("0"), digits.contains(where: { $0 != "0" }) {
      throw TemplateFault(.syntax, "integer with a leading zero", at: start)
    }
    append(isFloat ? .float : .integer, digits, at: start)
  }

  /// ASCII digits, single underscores between them left out.
  private mutating func takeDigits(_ isDigit: (Character) -> Bool) -> String {
    var digits = ""
    while position < source.count, source[position] < 0x80 {
      let character = Character(Unicode.Scalar(source[position]))
      if isDigit(character) {
        digits.append(character)
      } else if character == "_", position + 1 < source.count, source[position + 1] < 0x80,
        isDigit(Character(Unicode.Scalar(source[position + 1])))
      {
        // A separator between digits carries no value.
      } else {
        break
      }
      position += 1
    }
    return digits
  }

  // MARK: - Strings

  private mutating func lexString(quote: Unicode.Scalar) throws {
    let start = position
    var text = String.UnicodeScalarView()
    position += 1
    while let (scalar, width) = scalar(at: position) {
      position += width
      if scalar == quote {
        append(.string, String(text), at: start)
        return
      }
      if scalar == "\\" {
        if let escaped = try lexEscape() { text.append(escaped) }
      } else {
        text.append(scalar)
      }
    }
    throw TemplateFault(.syntax, "this string has no end", at: start)
  }

  /// What follows a backslash; an unknown escape keeps the backslash, an escaped line end is gone.
  private mutating func lexEscape() throws -> Unicode.Scalar? {
    guard let (scalar, width) = scalar(at: position) else { return "\\" }
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}",
      "b": "\u{8}", "f": "\u{C}", "v": "\u{B}",
    ]
    if scalar == "\n" {
      position += 1
      return nil
    }
    if let value = simple[scalar] {
      position += width
      return value
    }
    let sizes: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
    if let size = sizes[scalar] { return try lexHexadecimal(size: size) }
    if ("0"..."7").contains(scalar) { return lexOctal() }
    guard scalar != "N" else {
      throw TemplateFault(.syntax, "character names (\\N) are not supported", at: position - 1)
    }
    return "\\"
  }

  private mutating func lexHexadecimal(size: Int) throws -> Unicode.Scalar {
    let start = position + 1
    let digits = String(decoding: source[start..<min(start + size, source.count)], as: UTF8.self)
    guard digits.utf8.count == size, digits.allSatisfy(\.isHexDigit),
      let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value)
    else {
      throw TemplateFault(
        .syntax, "an escape of \(size) hexadecimal digits of a character", at: position - 1)
    }
    position = start + size
    return scalar
  }

  private mutating func lexOctal() -> Unicode.Scalar {
    var value: UInt32 = 0
    var count = 0
    while count < 3, position < source.count, (0x30...0x37).contains(source[position]) {
      value = value * 8 + UInt32(source[position] - 0x30)
      position += 1
      count += 1
    }
    return Unicode.Scalar(value) ?? "\u{FFFD}"
  }
}
