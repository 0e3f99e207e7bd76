/// The functions every template sees.
enum TemplateGlobals {
  /// Ranges may hold this many numbers, as in Jinja's sandbox.
  static let rangeLimit = 100_000

  static var all: [String: TemplateValue] {
    [
      "range": function("range") { try range($0) },
      "dict": function("dict") { try dict($0) },
      "namespace": .object(GlobalFunction("namespace") { try namespace($0, $1) }),
      "cycler": function("cycler") { .object(try Cycler($0)) },
      "joiner": function("joiner") { .object(try Joiner($0)) },
      "raise_exception": function("raise_exception") { try raise($0) },
      "strftime_now": .object(GlobalFunction("strftime_now") { try strftime($0, $1) }),
    ]
  }

  private static func function(
    _ name: String, _ body: @escaping (TemplateArguments) throws -> TemplateValue
  ) -> TemplateValue { .object(FunctionObject(name, body)) }

  private static func range(_ arguments: TemplateArguments) throws -> TemplateValue {
    let bounds = try arguments.bound(to: ["start", "stop", "step"], of: "range")
    let first = try bounds.int(0, default: 0)
    _ = try bounds.required(0)
    let step = try bounds.int(2, default: 1)
    guard step != 0 else { throw TemplateFault(.value, "range() arg 3 must not be zero") }
    let range =
      bounds[1] == nil
      ? PythonRange(start: 0, stop: first, step: 1)
      : PythonRange(start: first, stop: try bounds.int(1, default: 0), step: step)
    guard range.count <= rangeLimit else {
      throw TemplateFault(
        .limit, "Range too big. The sandbox blocks ranges larger than MAX_RANGE (\(rangeLimit)).")
    }
    return .range(range)
  }

  /// The pairs of `dict(mapping-or-pairs, key=value…)`.
  static func pairs(
    _ arguments: TemplateArguments
  ) throws -> [(key: TemplateValue, value: TemplateValue)] {
    guard arguments.positional.count <= 1 else {
      throw TemplateFault(.type, "dict expected at most 1 argument")
    }
    var pairs: [(key: TemplateValue, value: TemplateValue)] = []
    if let first = arguments.positional.first {
      if case .dict(let dict) = first {
        pairs = dict.pairs
      } else {
        for item in try first.iterated() {
          let pair = try item.iterated()
          guard pair.count == 2 else {
            throw TemplateFault(.value, "dictionary update sequence element is not a pair")
          }
          pairs.append((pair[0], pair[1]))
        }
      }
    }
    return pairs + arguments.keywords.map { (key: .string($0.name), value: $0.value) }
  }

  private static func dict(_ arguments: TemplateArguments) throws -> TemplateValue {
    .dict(try PythonDict(try pairs(arguments)))
  }

  private static func namespace(
    _ arguments: TemplateArguments, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    try evaluator.budget.charge(1 << 8)
    let namespace = TemplateNamespace()
    for (key, value) in try PythonDict(try pairs(arguments)).pairs {
      try namespace.set(try key.printed().string, to: value)
    }
    evaluator.keep(namespace)
    return .object(namespace)
  }

  private static func raise(_ arguments: TemplateArguments) throws -> TemplateValue {
    let message = try arguments.bound(to: ["message"], of: "raise_exception").required(0)
    throw TemplateFault(.raised, try message.printed().string)
  }

  private static func strftime(
    _ arguments: TemplateArguments, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    let format = try arguments.bound(to: ["format"], of: "strftime_now").text(0)
    try evaluator.budget.charge(format.bytes.count * 16)
    return .string((evaluator.now ?? .now()).formatted(format.string))
  }
}

/// A global that needs the evaluator.
final class GlobalFunction: TemplateObject {
  private let name: String
  private let body: (TemplateArguments, TemplateEvaluator) throws -> TemplateValue

  init(
    _ name: String,
    _ body: @escaping (TemplateArguments, TemplateEvaluator) throws -> TemplateValue
  ) {
    self.name = name
    self.body = body
  }

  var typeName: String { "function" }
  var isCallable: Bool { true }
  var printed: String { "<function \(name)>" }

  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
  {
    try body(arguments, evaluator)
  }
}

/// The one thing a template can change: carries values out of loops and macros.
final class TemplateNamespace: TemplateObject {
  private var names: [String] = []
  private var values: [String: TemplateValue] = [:]

  var typeName: String { "Namespace" }

  var printed: String {
    let shown = names.map { "'\($0)': \(shortened(values[$0] ?? .none))" }
    return "<Namespace {\(shown.joined(separator: ", "))}>"
  }

  /// Namespaces inside namespaces may form a circle, so they are not spelled out.
  private func shortened(_ value: TemplateValue) -> String {
    switch value {
    case .list, .dict, .object: "…"
    default: (try? value.represented()) ?? "…"
    }
  }

  func attribute(_ name: String) throws -> TemplateValue? { values[name] }

  func set(_ name: String, to value: TemplateValue) throws {
    _ = try nestingDepth(of: [value])
    if values.updateValue(value, forKey: name) == nil { names.append(name) }
  }

  func clear() { (names, values) = ([], [:]) }
}

/// `cycler('a', 'b')`: its items over and over.
final class Cycler: TemplateObject {
  private let items: [TemplateValue]
  private var position = 0

  init(_ arguments: TemplateArguments) throws {
    guard !arguments.positional.isEmpty else {
      throw TemplateFault(.type, "at least one item has to be provided")
    }
    items = arguments.positional
  }

  var typeName: String { "Cycler" }

  func attribute(_ name: String) throws -> TemplateValue? {
    switch name {
    case "current": items[position]
    case "next": .object(FunctionObject("next") { [self] _ in next() })
    case "reset":
      .object(
        FunctionObject("reset") { [self] _ in
          position = 0
          return .none
        })
    default: nil
    }
  }

  private func next() -> TemplateValue {
    defer { position = (position + 1) % items.count }
    return items[position]
  }
}

/// `joiner(', ')`: empty the first time it is called, the separator afterwards.
final class Joiner: TemplateObject {
  private let separator: TemplateValue
  private var isUsed = false

  init(_ arguments: TemplateArguments) throws {
    separator = try arguments.bound(to: ["sep"], of: "joiner")[0] ?? .text(", ")
  }

  var typeName: String { "Joiner" }
  var isCallable: Bool { true }

  func call(_ arguments: TemplateArguments, _ evaluator: TemplateEvaluator) throws -> TemplateValue
  {
    defer { isUsed = true }
    return isUsed ? separator : .text("")
  }
}
