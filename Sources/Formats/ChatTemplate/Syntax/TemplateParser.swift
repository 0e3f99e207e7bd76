internal import Kernels

/// Turns tokens into statements; the grammar is Jinja's, with loop controls and `generation`.
struct TemplateParser {
  private var tokens: [TemplateToken]
  private var index = 0
  private var openTags: [(name: String, ends: [String])] = []
  /// Loops around this statement inside the current macro: where `break` may stand.
  private var loops = 0
  /// Names read inside each open macro, to learn whether it uses `caller` and the like.
  var macroNames: [Set<String>] = []
  /// Inside `{% if %}`, where an unknown filter is an error only when reached.
  var conditions = 0
  /// Unknown filters and tests so far; those of a `a if b else c` are taken out again.
  var unknown: [TemplateFault] = []
  var nesting = 0

  static let statementNesting = 60

  init(_ tokens: [TemplateToken]) { self.tokens = tokens }

  mutating func parse() throws -> [TemplateStatement] {
    let body = try statements(until: [])
    if let fault = unknown.first { throw fault }
    return body
  }

  // MARK: - Tokens

  var current: TemplateToken { tokens[min(index, tokens.count - 1)] }
  var following: TemplateToken { tokens[min(index + 1, tokens.count - 1)] }

  @discardableResult
  mutating func advance() -> TemplateToken {
    defer { index += 1 }
    return current
  }

  mutating func skip(symbol: String) -> Bool {
    guard current.isSymbol(symbol) else { return false }
    index += 1
    return true
  }

  mutating func skip(name: String) -> Bool {
    guard current.isName(name) else { return false }
    index += 1
    return true
  }

  mutating func expect(symbol: String) throws {
    guard skip(symbol: symbol) else { throw unexpected(wanted: symbol) }
  }

  @discardableResult
  mutating func expect(_ kind: TemplateToken.Kind, _ wanted: String) throws -> TemplateToken {
    guard current.kind == kind else { throw unexpected(wanted: wanted) }
    return advance()
  }

  func unexpected(wanted: String) -> TemplateFault {
    TemplateFault(
      .syntax, "expected token '\(wanted)', got \(quoted(current.described))", at: current.offset)
  }

  // MARK: - Statements

  /// Statements up to a tag of `ends`, whose name is left as the current token.
  private mutating func statements(until ends: [String]) throws -> [TemplateStatement] {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.statementNesting else {
      throw TemplateFault(
        .limit, "blocks are nested more than \(Self.statementNesting) deep", at: current.offset)
    }
    var body: [TemplateStatement] = []
    while current.kind != .end {
      let token = advance()
      switch token.kind {
      case .data:
        let text = TemplateStatement.Kind.text(PythonText(token.text))
        body.append(TemplateStatement(kind: text, offset: token.offset))
      case .variableBegin:
        let value = try tuple()
        try expect(.variableEnd, "end of print statement")
        body.append(TemplateStatement(kind: .print(value), offset: token.offset))
      default:
        if current.kind == .name, ends.contains(current.text) { return body }
        let kind = try statement()
        try expect(.blockEnd, "end of statement block")
        body.append(contentsOf: kind.map { TemplateStatement(kind: $0, offset: token.offset) })
      }
    }
    guard ends.isEmpty else { throw unfinished() }
    return body
  }

  /// The body of a block tag, up to one of `ends`; returns which one and steps over it.
  private mutating func block(_ ends: String...) throws -> (body: [TemplateStatement], end: String)
  {
    _ = skip(symbol: ":")
    try expect(.blockEnd, "end of statement block")
    if !openTags.isEmpty { openTags[openTags.count - 1].ends = ends }
    let body = try statements(until: ends)
    return (body, advance().text)
  }

  private mutating func statement() throws -> [TemplateStatement.Kind] {
    guard current.kind == .name else {
      throw TemplateFault(.syntax, "tag name expected", at: current.offset)
    }
    let token = current
    openTags.append((token.text, []))
    defer { openTags.removeLast() }
    advance()
    switch token.text {
    case "if": return [try conditional()]
    case "for": return [try loop()]
    case "set": return [try assignment()]
    case "macro": return [try macro()]
    case "call": return [try callBlock()]
    case "filter": return [try filterBlock()]
    case "with": return [try with()]
    case "generation": return [.generation(try separately { try $0.block("endgeneration").body })]
    case "print": return try printStatement()
    case "break", "continue":
      guard loops > 0 else {
        throw TemplateFault(.syntax, "'\(token.text)' outside loop", at: token.offset)
      }
      return [token.text == "break" ? .breakLoop : .continueLoop]
    default: throw unknownTag(token)
    }
  }

  private func unknownTag(_ token: TemplateToken) -> TemplateFault {
    let refused = ["include", "import", "from", "extends", "block", "autoescape"]
    if refused.contains(token.text) {
      return TemplateFault(
        .syntax, "the tag '\(token.text)' is not supported in chat templates", at: token.offset)
    }
    var message = "Encountered unknown tag \(quoted(token.text))."
    if openTags.count > 1 { message += looking(in: openTags.dropLast()) }
    return TemplateFault(.syntax, message, at: token.offset)
  }

  private func unfinished() -> TemplateFault {
    TemplateFault(
      .syntax, "Unexpected end of template." + looking(in: openTags[...]), at: current.offset)
  }

  private func looking(in tags: ArraySlice<(name: String, ends: [String])>) -> String {
    guard let tag = tags.last else { return "" }
    let ends = tag.ends.map { "'\($0)'" }.joined(separator: " or ")
    return " Jinja was looking for the following tags: \(ends)."
      + " The innermost block that needs to be closed is '\(tag.name)'."
  }

  private mutating func printStatement() throws -> [TemplateStatement.Kind] {
    var values: [TemplateStatement.Kind] = []
    while current.kind != .blockEnd {
      if !values.isEmpty { try expect(symbol: ",") }
      values.append(.print(try expression()))
    }
    return values
  }

  private mutating func conditional() throws -> TemplateStatement.Kind {
    conditions += 1
    defer { conditions -= 1 }
    var branches: [(test: TemplateExpression, body: [TemplateStatement])] = []
    while true {
      let test = try tuple(allowsConditional: false)
      let (body, end) = try block("elif", "else", "endif")
      branches.append((test, body))
      if end == "endif" { return .conditional(branches, []) }
      if end == "else" { return .conditional(branches, try block("endif").body) }
    }
  }

  private mutating func loop() throws -> TemplateStatement.Kind {
    let target = try assignmentTarget(endsAtIn: true)
    guard skip(name: "in") else { throw unexpected(wanted: "in") }
    let items = try tuple(allowsConditional: false, endsAt: "recursive")
    let test = skip(name: "if") ? try expression() : nil
    let isRecursive = skip(name: "recursive")
    loops += 1
    let (body, end): ([TemplateStatement], String)
    do {
      defer { loops -= 1 }
      (body, end) = try block("endfor", "else")
    }
    let otherwise = end == "else" ? try block("endfor").body : []
    return .loop(
      TemplateLoop(
        target: target, items: items, test: test, isRecursive: isRecursive, body: body,
        otherwise: otherwise))
  }

  private mutating func assignment() throws -> TemplateStatement.Kind {
    let target = try assignmentTarget(allowsNamespace: true)
    if skip(symbol: "=") { return .assign(target, try tuple()) }
    let filter = try filters(on: nil)
    return .assignBlock(target, filter: filter, try block("endset").body)
  }

  private mutating func with() throws -> TemplateStatement.Kind {
    var values: [(target: TemplateTarget, value: TemplateExpression)] = []
    while current.kind != .blockEnd {
      if !values.isEmpty { try expect(symbol: ",") }
      let target = try assignmentTarget()
      try expect(symbol: "=")
      values.append((target, try expression()))
    }
    return .with(values, try block("endwith").body)
  }

  private mutating func filterBlock() throws -> TemplateStatement.Kind {
    guard let filter = try filters(on: nil, startsInline: true) else {
      throw unexpected(wanted: "name")
    }
    return .filterBlock(filter, try block("endfilter").body)
  }

  // MARK: - Macros

  private mutating func macro() throws -> TemplateStatement.Kind {
    let name = try expect(.name, "name").text
    let macro = TemplateMacro()
    macro.name = name
    try define(macro, end: "endmacro") { try $0.signature(of: macro) }
    return .macro(name, macro)
  }

  private mutating func callBlock() throws -> TemplateStatement.Kind {
    let caller = TemplateMacro()
    if current.isSymbol("(") { try signature(of: caller) }
    let call = try expression()
    guard case .call = call.kind else {
      throw TemplateFault(.syntax, "expected call", at: call.offset)
    }
    try define(caller, end: "endcall") { _ in }
    return .callBlock(call, caller)
  }

  /// Parses signature and body, noting which of the special names the macro reads.
  private mutating func define(
    _ macro: TemplateMacro, end: String, signature: (inout TemplateParser) throws -> Void
  ) throws {
    macroNames.append([])
    macro.body = try separately { parser in
      try signature(&parser)
      return try parser.block(end).body
    }
    let names = macroNames.removeLast()
    macro.usesVarargs = names.contains("varargs")
    macro.usesKeywords = names.contains("kwargs")
    macro.usesCaller = names.contains("caller")
    if !macroNames.isEmpty { macroNames[macroNames.count - 1].formUnion(names) }
  }

  /// A body that is a function of its own: loops around it do not count.
  private mutating func separately<Result>(
    _ body: (inout TemplateParser) throws -> Result
  ) rethrows -> Result {
    let outer = loops
    loops = 0
    defer { loops = outer }
    return try body(&self)
  }

  private mutating func signature(of macro: TemplateMacro) throws {
    try expect(symbol: "(")
    while !current.isSymbol(")") {
      if !macro.parameters.isEmpty { try expect(symbol: ",") }
      macro.parameters.append(try expect(.name, "name").text)
      if skip(symbol: "=") {
        macro.defaults.append(try expression())
      } else if !macro.defaults.isEmpty {
        throw TemplateFault(
          .syntax, "non-default argument follows default argument", at: current.offset)
      }
    }
    try expect(symbol: ")")
  }

  // MARK: - Targets

  private mutating func assignmentTarget(
    allowsNamespace: Bool = false, endsAtIn: Bool = false
  ) throws -> TemplateTarget {
    var targets: [TemplateTarget] = []
    var isTuple = false
    while true {
      if isTuple, isTupleEnd(endsAtIn ? "in" : nil) || current.isSymbol("=") { break }
      targets.append(try singleTarget(allowsNamespace: allowsNamespace))
      guard skip(symbol: ",") else { break }
      isTuple = true
    }
    return isTuple || targets.count != 1 ? .tuple(targets) : targets[0]
  }

  private mutating func singleTarget(allowsNamespace: Bool) throws -> TemplateTarget {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.statementNesting else {
      throw TemplateFault(.limit, "targets are nested too deeply", at: current.offset)
    }
    if skip(symbol: "(") {
      let inner = try assignmentTarget(allowsNamespace: false)
      try expect(symbol: ")")
      return inner
    }
    let token = try expect(.name, "name")
    guard !["true", "false", "none", "True", "False", "None"].contains(token.text) else {
      throw TemplateFault(.syntax, "can't assign to 'const'", at: token.offset)
    }
    guard allowsNamespace, skip(symbol: ".") else { return .name(token.text) }
    return .namespace(token.text, try expect(.name, "name").text)
  }
}
