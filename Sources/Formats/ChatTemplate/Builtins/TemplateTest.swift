/// A test: `value is name(arguments)`.
struct TemplateTest: Sendable {
  private let name: String
  private let argumentCount: Int
  private let body: @Sendable (TemplateValue, [TemplateValue]) throws -> Bool

  init(
    _ name: String, _ argumentCount: Int = 0,
    _ body: @escaping @Sendable (TemplateValue, [TemplateValue]) throws -> Bool
  ) {
    self.name = name
    self.argumentCount = argumentCount
    self.body = body
  }

  func holds(_ value: TemplateValue, _ arguments: TemplateArguments) throws -> Bool {
    let given = arguments.positional + arguments.keywords.map(\.value)
    guard given.count == argumentCount else {
      throw TemplateFault(
        .type, "the test '\(name)' takes \(argumentCount) arguments (\(given.count) given)")
    }
    return try body(value, given)
  }

  /// Whether it looks at the whole text of the value.
  var printsValue: Bool { name == "upper" || name == "lower" }

  static func named(_ name: String) -> TemplateTest? { table[name] }

  private static let table: [String: TemplateTest] = {
    var table: [String: TemplateTest] = [:]
    for test in kinds + properties { table[test.name] = test }
    for (symbol, names) in comparisons {
      for name in names + [symbol] {
        table[name] = TemplateTest(name, 1) { value, given in
          try TemplateEvaluator.compare(value, symbol, given[0])
        }
      }
    }
    return table
  }()

  private static let comparisons = [
    ("==", ["eq", "equalto"]), ("!=", ["ne"]), (">", ["gt", "greaterthan"]), (">=", ["ge"]),
    ("<", ["lt", "lessthan"]), ("<=", ["le"]), ("in", []),
  ]

  /// What kind of value it is.
  private static let kinds: [TemplateTest] = [
    TemplateTest("defined") { value, _ in !value.isUndefined },
    TemplateTest("undefined") { value, _ in value.isUndefined },
    TemplateTest("none") { value, _ in value.isNone },
    TemplateTest("boolean") { value, _ in value.bool != nil },
    TemplateTest("true") { value, _ in value.bool == true },
    TemplateTest("false") { value, _ in value.bool == false },
    TemplateTest("integer") { value, _ in value.typeName == "int" },
    TemplateTest("float") { value, _ in value.typeName == "float" },
    TemplateTest("number") { value, _ in TemplateNumber(value) != nil },
    TemplateTest("string") { value, _ in value.text != nil },
    TemplateTest("mapping") { value, _ in value.typeName == "dict" },
    TemplateTest("iterable") { value, _ in value.isIterable },
    TemplateTest("sequence") { value, _ in
      switch value {
      case .list(let list): list.isSubscriptable
      case .undefined, .text, .dict, .range: true
      default: false
      }
    },
    TemplateTest("callable") { value, _ in
      switch value {
      case .undefined: true
      case .object(let object): object.isCallable
      default: false
      }
    },
  ]

  private static let properties: [TemplateTest] = [
    TemplateTest("odd") { value, _ in try remainder(value, .int(2), is: 1) },
    TemplateTest("even") { value, _ in try remainder(value, .int(2), is: 0) },
    TemplateTest("divisibleby", 1) { value, given in try remainder(value, given[0], is: 0) },
    TemplateTest("lower") { value, _ in try value.printed().isCased(lower: true) },
    TemplateTest("upper") { value, _ in try value.printed().isCased(lower: false) },
    TemplateTest("sameas", 1) { value, given in isSame(value, given[0]) },
    TemplateTest("escaped") { _, _ in false },
    TemplateTest("filter") { value, _ in
      value.text.map { TemplateFilter.named($0.string) != nil } ?? false
    },
    TemplateTest("test") { value, _ in value.text.map { named($0.string) != nil } ?? false },
  ]

  private static func remainder(
    _ value: TemplateValue, _ divisor: TemplateValue, is expected: Int
  ) throws -> Bool {
    if case .undefined(let absence) = value { throw absence.fault }
    guard let value = TemplateNumber(value), let divisor = TemplateNumber(divisor) else {
      throw TemplateFault(.type, "a number is needed to test its remainder")
    }
    return try value.combined(.modulo, divisor) == .int(expected)
  }

  private static func isSame(_ a: TemplateValue, _ b: TemplateValue) -> Bool {
    switch (a, b) {
    case (.none, .none): true
    case (.bool(let a), .bool(let b)): a == b
    case (.int(let a), .int(let b)): a == b
    case (.text(let a), .text(let b)): a == b
    case (.list(let a), .list(let b)): a === b
    case (.dict(let a), .dict(let b)): a === b
    case (.object(let a), .object(let b)): a === b
    default: false
    }
  }
}

extension TemplateValue {
  fileprivate var bool: Bool? {
    if case .bool(let bool) = self { bool } else { nil }
  }
}
