internal import Kernels

extension TemplateEvaluator {
  func call(_ callee: TemplateExpression, _ call: TemplateCall) throws -> TemplateValue {
    try self.call(try evaluate(callee), with: try arguments(of: call))
  }

  func call(_ callee: TemplateValue, with arguments: TemplateArguments) throws -> TemplateValue {
    switch callee {
    case .undefined(let absence): throw absence.fault
    case .object(let object) where object.isCallable:
      if !(object is MacroObject) {
        for value in arguments.positional { try budget.spend(value.size) }
      }
      return try object.call(arguments, self)
    default: throw TemplateFault(.type, "'\(callee.typeName)' object is not callable")
    }
  }

  func arguments(of call: TemplateCall) throws -> TemplateArguments {
    var arguments = TemplateArguments(
      positional: try call.positional.map(evaluate),
      keywords: try call.keywords.map { (name: $0.name, value: try evaluate($0.value)) })
    if let spread = call.spread {
      let items = try evaluate(spread)
      try budget.spend(items.size)
      arguments.positional += try items.iterated()
    }
    guard let spread = call.keywordSpread else { return arguments }
    guard case .dict(let dict) = try evaluate(spread) else {
      throw TemplateFault(.type, "argument after ** must be a mapping")
    }
    for (key, value) in dict.pairs {
      guard let name = key.text else { throw TemplateFault(.type, "keywords must be strings") }
      arguments.keywords.append((name: name.string, value: value))
    }
    return arguments
  }

  func callBlock(_ call: TemplateExpression, _ caller: TemplateMacro) throws -> TemplateValue {
    guard case .call(let callee, let arguments) = call.kind else { return .none }
    let function = try evaluate(callee)
    var all = try self.arguments(of: arguments)
    try keep(scope)
    all.keywords.append(("caller", .object(MacroObject(caller, in: scope))))
    return try self.call(function, with: all)
  }

  // MARK: - Filters and tests

  /// A filter chain whose innermost operand is `text`: of `{% filter %}` and `{% set %}` blocks.
  func filtered(_ text: TemplateValue, by chain: TemplateExpression?) throws -> TemplateValue {
    guard let chain, case .filter(let operand, let name, let call) = chain.kind else { return text }
    return try filter(try filtered(text, by: operand), name, call)
  }

  func filter(
    _ operand: TemplateExpression?, _ name: String, _ call: TemplateCall
  ) throws -> TemplateValue {
    try filter(try operand.map { try evaluate($0) } ?? .text(""), name, call)
  }

  private func filter(
    _ value: TemplateValue, _ name: String, _ call: TemplateCall
  ) throws -> TemplateValue {
    try filter(value, name, with: try arguments(of: call))
  }

  func filter(
    _ value: TemplateValue, _ name: String, with arguments: TemplateArguments
  ) throws -> TemplateValue {
    guard let filter = TemplateFilter.named(name) else {
      throw TemplateFault(.syntax, "No filter named \(quoted(name)).")
    }
    for value in [value] + arguments.positional + arguments.keywords.map(\.value) {
      try budget.spend(filter.looksInside ? value.weight : value.size)
    }
    let result = try filter.apply(value, arguments, self)
    try budget.charge(result.text?.bytes.count ?? 0)
    return result
  }

  func test(
    _ value: TemplateValue, _ name: String, _ call: TemplateCall
  ) throws -> TemplateValue {
    .bool(try test(value, name, with: try arguments(of: call)))
  }

  func test(
    _ value: TemplateValue, _ name: String, with arguments: TemplateArguments
  ) throws -> Bool {
    guard let test = TemplateTest.named(name) else {
      throw TemplateFault(.syntax, "No test named \(quoted(name)).")
    }
    for other in arguments.positional {
      try budget.spend(other.weight > 1 ? value.weight + other.weight : value.size)
    }
    if arguments.positional.isEmpty, test.printsValue { try budget.spend(value.weight) }
    return try test.holds(value, arguments)
  }
}

/// A function that the host or a value provides.
final class FunctionObject: TemplateObject {
  private let name: String
  private let body: (TemplateArguments) throws -> TemplateValue

  init(_ name: String, _ body: @escaping (TemplateArguments) throws -> TemplateValue) {
    self.name = name
    self.body = body
  }

  var typeName: String { "function" }
  var isCallable: Bool { true }
  var printed: String { "<function \(name)>" }

  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
  {
    try body(arguments)
  }
}

/// A method of a text, list, dictionary or number, bound to its owner.
final class MethodObject: TemplateObject {
  private let name: String
  private let owner: TemplateValue

  init(_ name: String, of owner: TemplateValue) {
    self.name = name
    self.owner = owner
  }

  var typeName: String { "builtin_function_or_method" }
  var isCallable: Bool { true }
  var printed: String { "<built-in method \(name) of \(owner.typeName) object>" }

  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
  {
    let looksInside = ["count", "index"].contains(name)
    try evaluator.budget.spend(looksInside ? owner.weight : owner.size)
    for value in arguments.positional { try evaluator.budget.spend(value.weight) }
    let result = try PythonMethods.call(name, on: owner, arguments, evaluator)
    try evaluator.budget.charge(result.text?.bytes.count ?? 0)
    return result
  }
}

/// A macro with the variables around its definition.
final class MacroObject: TemplateObject {
  private let macro: TemplateMacro
  private let scope: TemplateScope

  init(_ macro: TemplateMacro, in scope: TemplateScope) {
    self.macro = macro
    self.scope = scope
  }

  var typeName: String { "Macro" }
  var isCallable: Bool { true }
  private var name: String { macro.name.map { "'\($0)'" } ?? "None" }
  var printed: String { "<Macro \(macro.name.map { "'\($0)'" } ?? "anonymous")>" }

  func attribute(_ name: String) throws -> TemplateValue? {
    switch name {
    case "name": macro.name.map { .string($0) } ?? TemplateValue.none
    case "arguments": try .tuple(macro.parameters.map { .string($0) })
    case "catch_varargs": .bool(macro.usesVarargs)
    case "catch_kwargs": .bool(macro.usesKeywords)
    case "caller": .bool(macro.usesCaller)
    default: nil
    }
  }

  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
  {
    let inner = TemplateScope(in: scope)
    try evaluator.within(inner) { try bind(arguments, in: inner, evaluator) }
    let text = try evaluator.captured {
      try evaluator.within(inner) { _ = try evaluator.execute(macro.body) }
    }
    return .text(text)
  }

  private func bind(
    _ arguments: TemplateArguments, in inner: TemplateScope, _ evaluator: TemplateEvaluator
  ) throws {
    var given = arguments.keywords
    func take(_ name: String) -> TemplateValue? {
      given.firstIndex { $0.name == name }.map { given.remove(at: $0).value }
    }
    let required = macro.parameters.count - macro.defaults.count
    for (index, name) in macro.parameters.enumerated() {
      if index < arguments.positional.count {
        inner[name] = arguments.positional[index]
      } else if let value = take(name) {
        inner[name] = value
      } else if index >= required {
        inner[name] = try evaluator.evaluate(macro.defaults[index - required])
      } else {
        inner[name] = .absent("parameter '\(name)' was not provided")
      }
    }
    if macro.usesCaller, !macro.parameters.contains("caller") {
      inner["caller"] = take("caller") ?? .absent("No caller defined")
    }
    try bindRest(Array(arguments.positional.dropFirst(macro.parameters.count)), given, in: inner)
  }

  private func bindRest(
    _ positional: [TemplateValue], _ keywords: [(name: String, value: TemplateValue)],
    in inner: TemplateScope
  ) throws {
    if macro.usesKeywords {
      inner["kwargs"] = .dict(
        try PythonDict(keywords.map { (key: .string($0.name), value: $0.value) }))
    } else if let extra = keywords.first {
      throw TemplateFault(
        .type, "macro \(name) takes no keyword argument \(quoted(extra.name))")
    }
    if macro.usesVarargs {
      inner["varargs"] = try .tuple(positional)
    } else if !positional.isEmpty {
      throw TemplateFault(
        .type, "macro \(name) takes not more than \(macro.parameters.count) argument(s)")
    }
  }
}
