internal import Kernels

/// What follows a value: attributes, subscripts, calls, filters and tests.
extension TemplateParser {
  mutating func postfix(on value: TemplateExpression) throws -> TemplateExpression {
    var value = value
    while current.kind == .symbol {
      if current.text == "." {
        value = try attribute(of: value)
      } else if current.text == "[" {
        value = try subscripted(value)
      } else if current.text == "(" {
        value = try call(value)
      } else {
        break
      }
    }
    return value
  }

  mutating func filtersAndTests(on value: TemplateExpression) throws -> TemplateExpression {
    var value = value
    while true {
      if current.isSymbol("|") {
        value = try filters(on: value) ?? value
      } else if current.isName("is") {
        value = try test(value)
      } else if current.isSymbol("(") {
        value = try call(value)
      } else {
        return value
      }
    }
  }

  private mutating func call(_ callee: TemplateExpression) throws -> TemplateExpression {
    let offset = current.offset
    let arguments = try callArguments()
    return try node(.call(callee, arguments), at: offset, over: [callee] + arguments.all)
  }

  private mutating func attribute(of value: TemplateExpression) throws -> TemplateExpression {
    let offset = advance().offset
    let token = advance()
    if token.kind == .name {
      return try node(.attribute(value, token.text), at: offset, over: [value])
    }
    guard token.kind == .integer, let index = Int(token.text) else {
      throw TemplateFault(.syntax, "expected name or number", at: token.offset)
    }
    let item = try node(.constant(.int(index)), at: token.offset)
    return try node(.item(value, item), at: offset, over: [value])
  }

  private mutating func subscripted(_ value: TemplateExpression) throws -> TemplateExpression {
    let offset = advance().offset
    var items: [TemplateExpression] = []
    while !current.isSymbol("]") {
      if !items.isEmpty { try expect(symbol: ",") }
      items.append(try sliceOrItem())
    }
    try expect(symbol: "]")
    let item = items.count == 1 ? items[0] : try node(.tuple(items), at: offset, over: items)
    return try node(.item(value, item), at: offset, over: [value, item])
  }

  private mutating func sliceOrItem() throws -> TemplateExpression {
    let offset = current.offset
    var parts: [TemplateExpression?] = [nil, nil, nil]
    if !current.isSymbol(":") {
      let first = try expression()
      guard current.isSymbol(":") else { return first }
      parts[0] = first
    }
    advance()
    for index in 1...2 {
      if !current.isSymbol(":"), !current.isSymbol("]"), !current.isSymbol(",") {
        parts[index] = try expression()
      }
      guard index == 1, skip(symbol: ":") else { break }
    }
    return try node(.slice(parts[0], parts[1], parts[2]), at: offset, over: parts)
  }

  // MARK: - Arguments

  mutating func callArguments() throws -> TemplateCall {
    let start = current.offset
    var call = TemplateCall()
    try expect(symbol: "(")
    var isFirst = true
    while !current.isSymbol(")") {
      if !isFirst {
        try expect(symbol: ",")
        if current.isSymbol(")") { break }
      }
      isFirst = false
      guard try argument(of: &call) else {
        throw TemplateFault(.syntax, "invalid syntax for function call expression", at: start)
      }
    }
    try expect(symbol: ")")
    return call
  }

  /// One argument; false when it may not stand after the ones before it.
  private mutating func argument(of call: inout TemplateCall) throws -> Bool {
    if skip(symbol: "*") {
      guard call.spread == nil, call.keywordSpread == nil else { return false }
      call.spread = try expression()
    } else if skip(symbol: "**") {
      guard call.keywordSpread == nil else { return false }
      call.keywordSpread = try expression()
    } else if current.kind == .name, following.isSymbol("=") {
      guard call.keywordSpread == nil else { return false }
      let name = advance().text
      advance()
      call.keywords.append((name, try expression()))
    } else {
      guard call.spread == nil, call.keywordSpread == nil, call.keywords.isEmpty else {
        return false
      }
      call.positional.append(try expression())
    }
    return true
  }

  // MARK: - Filters and tests

  /// `|name(…)|name …`; `operand` nil when the text of a block is filtered.
  mutating func filters(
    on operand: TemplateExpression?, startsInline: Bool = false
  ) throws -> TemplateExpression? {
    var value = operand
    var isInline = startsInline
    while isInline || skip(symbol: "|") {
      isInline = false
      let offset = current.offset
      let name = try dottedName()
      if TemplateFilter.named(name) == nil { noteUnknown("filter", name, at: offset) }
      let call = current.isSymbol("(") ? try callArguments() : TemplateCall()
      value = try node(.filter(value, name, call), at: offset, over: [value] + call.all)
    }
    return value
  }

  /// An unknown name is an error at once, unless a condition may keep it from being reached.
  private mutating func noteUnknown(_ kind: String, _ name: String, at offset: Int) {
    guard conditions == 0 else { return }
    unknown.append(TemplateFault(.syntax, "No \(kind) named \(quoted(name)).", at: offset))
  }

  private mutating func dottedName() throws -> String {
    var name = try expect(.name, "name").text
    while skip(symbol: ".") { name += "." + (try expect(.name, "name").text) }
    return name
  }

  private mutating func test(_ value: TemplateExpression) throws -> TemplateExpression {
    advance()
    let isNegated = skip(name: "not")
    let offset = current.offset
    let name = try dottedName()
    if TemplateTest.named(name) == nil { noteUnknown("test", name, at: offset) }
    let call = try testArguments()
    let test = try node(.test(value, name, call), at: offset, over: [value] + call.all)
    return isNegated ? try node(.not(test), at: offset, over: [test]) : test
  }

  private mutating func testArguments() throws -> TemplateCall {
    if current.isSymbol("(") { return try callArguments() }
    let startsValue =
      [.name, .string, .integer, .float].contains(current.kind)
      || current.isSymbol("[") || current.isSymbol("{")
    let isKeyword = ["else", "or", "and"].contains { current.isName($0) }
    guard startsValue, !isKeyword else { return TemplateCall() }
    guard !current.isName("is") else {
      throw TemplateFault(.syntax, "You cannot chain multiple tests with is", at: current.offset)
    }
    return TemplateCall(positional: [try postfix(on: try primary())])
  }
}
