extension TemplateEvaluator {
  func evaluate(_ node: TemplateExpression) throws -> TemplateValue {
    try budget.step(at: node.offset)
    try budget.enter(at: node.offset)
    defer { budget.leave() }
    do {
      switch node.kind {
      case .constant(let value): return value
      case .name(let name): return lookUp(name)
      case .attribute(let base, let name): return try attribute(name, of: try evaluate(base))
      case .item(let base, let index): return try subscripted(base, index)
      case .call(let callee, let call): return try self.call(callee, call)
      case .filter(let operand, let name, let call): return try filter(operand, name, call)
      case .test(let operand, let name, let call):
        return try test(try evaluate(operand), name, call)
      case .list, .tuple, .dict, .slice: return try collection(node.kind)
      default: return try operation(node.kind)
      }
    } catch let fault as TemplateFault {
      throw fault.placed(at: node.offset)
    }
  }

  private func lookUp(_ name: String) -> TemplateValue {
    scope[name] ?? .absent("'\(name)' is undefined")
  }

  private func operation(_ kind: TemplateExpression.Kind) throws -> TemplateValue {
    switch kind {
    case .and(let a, let b):
      let left = try evaluate(a)
      return left.isTruthy ? try evaluate(b) : left
    case .or(let a, let b):
      let left = try evaluate(a)
      return left.isTruthy ? left : try evaluate(b)
    case .not(let operand): return .bool(!(try evaluate(operand).isTruthy))
    case .conditional(let test, let then, let otherwise):
      if try evaluate(test).isTruthy { return try evaluate(then) }
      return try otherwise.map { try evaluate($0) }
        ?? .absent("the inline if-expression evaluated to false and no else section was defined.")
    case .comparison(let first, let rest): return .bool(try compare(first, rest))
    case .concatenation(let parts): return .text(try concatenate(parts))
    case .arithmetic(let operation, let a, let b):
      return try arithmetic(operation, try evaluate(a), try evaluate(b))
    case .negative(let operand): return try signed(try evaluate(operand), isNegative: true)
    case .positive(let operand): return try signed(try evaluate(operand), isNegative: false)
    default: return .none
    }
  }

  private func concatenate(_ parts: [TemplateExpression]) throws -> PythonText {
    var text = PythonText("")
    for part in parts {
      text.bytes += try shown(try evaluate(part)).bytes
      try budget.charge(text.bytes.count)
    }
    return text
  }

  private func collection(_ kind: TemplateExpression.Kind) throws -> TemplateValue {
    switch kind {
    case .list(let items): return try .list(items.map(evaluate))
    case .tuple(let items): return try .tuple(items.map(evaluate))
    case .dict(let pairs):
      return .dict(
        try PythonDict(
          pairs.map { pair in
            let key = try evaluate(pair.key)
            try budget.spend(key.weight)
            return (key: key, value: try evaluate(pair.value))
          }))
    case .slice(let start, let stop, let step):
      return try .tuple([start, stop, step].map { try $0.map(evaluate) ?? .none })
    default: return .none
    }
  }

  // MARK: - Comparison

  private func compare(
    _ first: TemplateExpression, _ rest: [(symbol: String, operand: TemplateExpression)]
  ) throws -> Bool {
    var left = try evaluate(first)
    for (symbol, operand) in rest {
      let right = try evaluate(operand)
      try budget.spend(Self.cost(of: symbol, left, right))
      guard try Self.compare(left, symbol, right) else { return false }
      left = right
    }
    return true
  }

  /// Steps a comparison may take.
  static func cost(of symbol: String, _ a: TemplateValue, _ b: TemplateValue) -> Int {
    guard symbol.hasSuffix("in") else { return min(a.weight, b.weight) }
    if case .dict = b { return a.weight }
    return a.weight == 1 || b.text != nil ? b.size : b.weight
  }

  static func compare(
    _ a: TemplateValue, _ symbol: String, _ b: TemplateValue
  ) throws -> Bool {
    switch symbol {
    case "==": return try TemplateValue.areEqual(a, b)
    case "!=": return try !TemplateValue.areEqual(a, b)
    case "in": return try b.contains(a)
    case "not in": return try !b.contains(a)
    case "<": return try TemplateValue.isLess(a, b, symbol: symbol)
    case ">": return try TemplateValue.isLess(b, a, symbol: symbol)
    default:
      let isEqual = try TemplateValue.areEqual(a, b)
      if isEqual, TemplateNumber(a) != nil || a.text != nil || a.isSubscriptable { return true }
      return symbol == "<="
        ? try TemplateValue.isLess(a, b, symbol: symbol)
        : try TemplateValue.isLess(b, a, symbol: symbol)
    }
  }

  // MARK: - Arithmetic

  func arithmetic(
    _ operation: ArithmeticOperator, _ a: TemplateValue, _ b: TemplateValue
  ) throws -> TemplateValue {
    if let x = TemplateNumber(a), let y = TemplateNumber(b) {
      try budget.spend(Self.cost(of: operation, x, y))
      return try x.combined(operation, y).value
    }
    if operation == .modulo, let format = a.text {
      return .text(try percentFormat(format, b, self))
    }
    if case .undefined(let absence) = a { throw absence.fault }
    if case .undefined(let absence) = b { throw absence.fault }
    switch (operation, a, b) {
    case (.add, .text(let x), .text(let y)):
      try budget.charge(x.bytes.count + y.bytes.count)
      return .text(x + y)
    case (.add, .list(let x), .list(let y)) where x.kind == y.kind && x.isSubscriptable:
      try budget.charge(16 * (x.items.count + y.items.count))
      return .list(try PythonList(x.items + y.items, x.kind))
    case (.multiply, .int(let times), _), (.multiply, _, .int(let times)):
      return try repeated(a, b, times)
    case (.multiply, .bool(let flag), _), (.multiply, _, .bool(let flag)):
      return try repeated(a, b, flag ? 1 : 0)
    default: throw unsupported(operation, a, b)
    }
  }

  /// Steps of arithmetic; only integers beyond 64 bits take long.
  private static func cost(
    of operation: ArithmeticOperator, _ a: TemplateNumber, _ b: TemplateNumber
  ) -> Int {
    switch (operation, a, b) {
    case (.power, .int, .int(..<64)), (.power, .float, _), (.power, _, .float): 16
    case (.power, _, _): 50_000
    case (.floorDivide, .big, _), (.modulo, .big, _), (.floorDivide, _, .big), (.modulo, _, .big):
      100_000
    case (_, .big, _), (_, _, .big): 1_000
    default: 0
    }
  }

  private func repeated(
    _ a: TemplateValue, _ b: TemplateValue, _ times: Int
  ) throws -> TemplateValue {
    let times = max(0, times)
    for operand in [a, b] {
      switch operand {
      case .text(let text):
        try budget.charge(text.bytes.count, times: times)
        return .text(text.isEmpty ? text : text.repeated(times))
      case .list(let list) where list.isSubscriptable:
        try budget.charge(16 * list.items.count, times: times)
        let copies = list.items.isEmpty ? 0 : times
        return .list(
          try PythonList((0..<copies).flatMap { _ in list.items }, list.kind))
      default: continue
      }
    }
    throw unsupported(.multiply, a, b)
  }

  private func unsupported(
    _ operation: ArithmeticOperator, _ a: TemplateValue, _ b: TemplateValue
  ) -> TemplateFault {
    if operation == .add, a.text != nil {
      return TemplateFault(.type, "can only concatenate str (not \"\(b.typeName)\") to str")
    }
    let symbol = operation == .power ? "** or pow()" : operation.rawValue
    return TemplateFault(
      .type,
      "unsupported operand type(s) for \(symbol): '\(a.typeName)' and '\(b.typeName)'")
  }

  private func signed(_ value: TemplateValue, isNegative: Bool) throws -> TemplateValue {
    if case .undefined(let absence) = value { throw absence.fault }
    guard let number = TemplateNumber(value) else {
      throw TemplateFault(
        .type, "bad operand type for unary \(isNegative ? "-" : "+"): '\(value.typeName)'")
    }
    if case .float(let float) = number { return .float(isNegative ? -float : float) }
    return isNegative
      ? try TemplateNumber.int(0).combined(.subtract, number).value : number.value
  }
}

extension TemplateValue {
  fileprivate var isSubscriptable: Bool {
    if case .list(let list) = self { list.isSubscriptable } else { false }
  }
}
