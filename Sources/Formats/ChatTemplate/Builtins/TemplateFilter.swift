/// A filter: `value|name(arguments)`.
struct TemplateFilter: Sendable {
  typealias Body =
    @Sendable (TemplateValue, TemplateParameters, TemplateEvaluator) throws -> TemplateValue
  typealias FreeBody =
    @Sendable (TemplateValue, TemplateArguments, TemplateEvaluator) throws -> TemplateValue

  private let name: String
  private let body: FreeBody

  /// A filter with named parameters.
  init(_ name: String, _ parameters: [String] = [], _ body: @escaping Body) {
    self.name = name
    self.body = { value, arguments, evaluator in
      try body(value, try arguments.bound(to: parameters, of: name), evaluator)
    }
  }

  /// A filter that passes its arguments on to another filter or test.
  init(_ name: String, passingOn body: @escaping FreeBody) {
    self.name = name
    self.body = body
  }

  func apply(
    _ value: TemplateValue, _ arguments: TemplateArguments, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    try body(value, arguments, evaluator)
  }

  /// Whether it prints or compares what lies inside lists and dictionaries.
  var looksInside: Bool { !Self.shallow.contains(name) }

  private static let shallow: Set<String> = [
    "attr", "batch", "default", "first", "items", "last", "length", "list", "map", "reject",
    "rejectattr", "reverse", "select", "selectattr", "slice", "sum", "tojson",
  ]

  static func named(_ name: String) -> TemplateFilter? { table[name] }

  /// Filters by name, in their groups; see the files of each.
  private static let table: [String: TemplateFilter] = {
    let aliases = ["count": "length", "d": "default", "e": "escape", "forceescape": "escape"]
    var table: [String: TemplateFilter] = [:]
    for filter in text + numbers + items + selections + [tojson] { table[filter.name] = filter }
    for (alias, name) in aliases { table[alias] = table[name] }
    return table
  }()
}
