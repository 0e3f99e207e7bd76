internal import Kernels

/// Expressions, loosest binding first: conditional, or, and, not, comparison, sum, `~`, product,
/// power, sign, then filters and tests.
extension TemplateParser {
  /// Deepest expression tree; evaluation recurses once a level.
  static let expressionDepth = 120

  mutating func expression(allowsConditional: Bool = true) throws -> TemplateExpression {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.expressionDepth else { throw tooDeep(at: current.offset) }
    return allowsConditional ? try conditionalExpression() : try disjunction()
  }

  func tooDeep(at offset: Int) -> TemplateFault {
    TemplateFault(
      .limit, "expressions are nested more than \(Self.expressionDepth) deep", at: offset)
  }

  func node(
    _ kind: TemplateExpression.Kind, at offset: Int, over children: [TemplateExpression?] = []
  ) throws -> TemplateExpression {
    let depth = 1 + children.reduce(0) { max($0, $1?.depth ?? 0) }
    guard depth <= Self.expressionDepth else { throw tooDeep(at: offset) }
    return TemplateExpression(kind, at: offset, depth: depth)
  }

  /// One expression, or a tuple of several with commas between them.
  mutating func tuple(
    allowsConditional: Bool = true, endsAt end: String? = nil, inParentheses: Bool = false
  ) throws -> TemplateExpression {
    let start = current.offset
    var items: [TemplateExpression] = []
    var isTuple = false
    while !isTupleEnd(end) {
      items.append(try expression(allowsConditional: allowsConditional))
      guard skip(symbol: ",") else { break }
      isTuple = true
    }
    if !isTuple, let only = items.first { return only }
    guard isTuple || inParentheses else {
      throw TemplateFault(
        .syntax, "Expected an expression, got \(quoted(current.described))", at: start)
    }
    return try node(.tuple(items), at: start, over: items)
  }

  func isTupleEnd(_ name: String?) -> Bool {
    if [.variableEnd, .blockEnd].contains(current.kind) || current.isSymbol(")") { return true }
    return name.map { current.isName($0) } ?? false
  }

  private mutating func conditionalExpression() throws -> TemplateExpression {
    let start = current.offset
    var value = try disjunction()
    while skip(name: "if") {
      let test = try disjunction()
      let otherwise = skip(name: "else") ? try expression() : nil
      unknown.removeAll { $0.offset ?? 0 >= start }
      value = try node(
        .conditional(test: test, then: value, otherwise: otherwise), at: start,
        over: [test, value, otherwise])
    }
    return value
  }

  private mutating func disjunction() throws -> TemplateExpression {
    var left = try conjunction()
    while current.isName("or") {
      let offset = advance().offset
      let right = try conjunction()
      left = try node(.or(left, right), at: offset, over: [left, right])
    }
    return left
  }

  private mutating func conjunction() throws -> TemplateExpression {
    var left = try negation()
    while current.isName("and") {
      let offset = advance().offset
      let right = try negation()
      left = try node(.and(left, right), at: offset, over: [left, right])
    }
    return left
  }

  private mutating func negation() throws -> TemplateExpression {
    var offsets: [Int] = []
    while current.isName("not") { offsets.append(advance().offset) }
    var value = try comparison()
    for offset in offsets.reversed() { value = try node(.not(value), at: offset, over: [value]) }
    return value
  }

  private mutating func comparison() throws -> TemplateExpression {
    let start = current.offset
    let first = try sum()
    var rest: [(symbol: String, operand: TemplateExpression)] = []
    while let symbol = comparisonSymbol() { rest.append((symbol, try sum())) }
    if rest.isEmpty { return first }
    return try node(.comparison(first, rest), at: start, over: [first] + rest.map(\.operand))
  }

  private mutating func comparisonSymbol() -> String? {
    if current.kind == .symbol, ["==", "!=", "<", "<=", ">", ">="].contains(current.text) {
      return advance().text
    }
    if skip(name: "in") { return "in" }
    guard current.isName("not"), following.isName("in") else { return nil }
    advance()
    advance()
    return "not in"
  }

  private mutating func sum() throws -> TemplateExpression {
    var left = try concatenation()
    while let (operation, offset) = arithmeticOperator("+", "-") {
      let right = try concatenation()
      left = try node(.arithmetic(operation, left, right), at: offset, over: [left, right])
    }
    return left
  }

  private mutating func concatenation() throws -> TemplateExpression {
    let start = current.offset
    var parts = [try product()]
    while skip(symbol: "~") { parts.append(try product()) }
    return parts.count == 1
      ? parts[0] : try node(.concatenation(parts), at: start, over: parts)
  }

  private mutating func product() throws -> TemplateExpression {
    var left = try power()
    while let (operation, offset) = arithmeticOperator("*", "/", "//", "%") {
      let right = try power()
      left = try node(.arithmetic(operation, left, right), at: offset, over: [left, right])
    }
    return left
  }

  private mutating func power() throws -> TemplateExpression {
    var left = try unary()
    while let (operation, offset) = arithmeticOperator("**") {
      let right = try unary()
      left = try node(.arithmetic(operation, left, right), at: offset, over: [left, right])
    }
    return left
  }

  private mutating func arithmeticOperator(
    _ symbols: String...
  ) -> (operation: ArithmeticOperator, offset: Int)? {
    guard current.kind == .symbol, symbols.contains(current.text),
      let operation = ArithmeticOperator(rawValue: current.text)
    else { return nil }
    return (operation, advance().offset)
  }

  private mutating func unary() throws -> TemplateExpression {
    var signs: [TemplateToken] = []
    while current.isSymbol("-") || current.isSymbol("+") { signs.append(advance()) }
    var value = try postfix(on: try primary())
    for sign in signs.reversed() {
      let kind: TemplateExpression.Kind = sign.text == "-" ? .negative(value) : .positive(value)
      value = try node(kind, at: sign.offset, over: [value])
    }
    if !signs.isEmpty { value = try postfix(on: value) }
    return try filtersAndTests(on: value)
  }

  // MARK: - Literals and names

  mutating func primary() throws -> TemplateExpression {
    let token = advance()
    switch token.kind {
    case .name: return try name(token)
    case .string:
      var text = token.text
      while current.kind == .string { text += advance().text }
      return try node(.constant(.string(text)), at: token.offset)
    case .integer: return try node(.constant(try integer(token)), at: token.offset)
    case .float:
      guard let value = Double(token.text) else {
        throw TemplateFault(.syntax, "bad number \(quoted(token.text))", at: token.offset)
      }
      return try node(.constant(.float(value)), at: token.offset)
    case .symbol where token.text == "(":
      let value = try tuple(inParentheses: true)
      try expect(symbol: ")")
      return value
    case .symbol where token.text == "[": return try list(at: token.offset)
    case .symbol where token.text == "{": return try dict(at: token.offset)
    default:
      throw TemplateFault(.syntax, "unexpected \(quoted(token.described))", at: token.offset)
    }
  }

  private mutating func name(_ token: TemplateToken) throws -> TemplateExpression {
    switch token.text {
    case "true", "True": return try node(.constant(.bool(true)), at: token.offset)
    case "false", "False": return try node(.constant(.bool(false)), at: token.offset)
    case "none", "None": return try node(.constant(.none), at: token.offset)
    default:
      if !macroNames.isEmpty { macroNames[macroNames.count - 1].insert(token.text) }
      return try node(.name(token.text), at: token.offset)
    }
  }

  private func integer(_ token: TemplateToken) throws -> TemplateValue {
    let radixes: [String: UInt32] = ["0x": 16, "0o": 8, "0b": 2]
    let radix = radixes[String(token.text.prefix(2))]
    let digits = radix == nil ? token.text[...] : token.text.dropFirst(2)
    guard let value = BigInteger(digits: digits.utf8, radix: radix ?? 10) else {
      throw TemplateFault(.limit, "integer of too many digits", at: token.offset)
    }
    return .integer(value)
  }

  private mutating func list(at offset: Int) throws -> TemplateExpression {
    var items: [TemplateExpression] = []
    while !current.isSymbol("]") {
      if !items.isEmpty { try expect(symbol: ",") }
      if current.isSymbol("]") { break }
      items.append(try expression())
    }
    try expect(symbol: "]")
    return try node(.list(items), at: offset, over: items)
  }

  private mutating func dict(at offset: Int) throws -> TemplateExpression {
    var pairs: [(key: TemplateExpression, value: TemplateExpression)] = []
    while !current.isSymbol("}") {
      if !pairs.isEmpty { try expect(symbol: ",") }
      if current.isSymbol("}") { break }
      let key = try expression()
      try expect(symbol: ":")
      pairs.append((key, try expression()))
    }
    try expect(symbol: "}")
    return try node(.dict(pairs), at: offset, over: pairs.flatMap { [$0.key, $0.value] })
  }
}
