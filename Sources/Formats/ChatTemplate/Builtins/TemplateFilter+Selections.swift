internal import Kernels

extension TemplateFilter {
  /// Filters that apply another filter or a test to every item, and what is left.
  static let selections: [TemplateFilter] = [
    TemplateFilter("default", ["default_value", "boolean"]) { value, given, _ in
      value.isUndefined || given.bool(1) && !value.isTruthy ? given[0] ?? .text("") : value
    },
    TemplateFilter("attr", ["name"]) { value, given, evaluator in
      let name = try given.text(0).string
      return try evaluator.ownAttribute(name, of: value)
        ?? .absent("\(quoted(value.ownerDescription)) has no attribute \(quoted(name))")
    },
    TemplateFilter("map", passingOn: { try map($0, $1, $2) }),
    TemplateFilter("select", passingOn: { try select($0, $1, $2, keeps: true) }),
    TemplateFilter("reject", passingOn: { try select($0, $1, $2, keeps: false) }),
    TemplateFilter(
      "selectattr",
      passingOn: { value, arguments, evaluator in
        try selectByAttribute(value, arguments, evaluator, keeps: true)
      }),
    TemplateFilter(
      "rejectattr",
      passingOn: { value, arguments, evaluator in
        try selectByAttribute(value, arguments, evaluator, keeps: false)
      }),
  ]

  private static func map(
    _ value: TemplateValue, _ arguments: TemplateArguments, _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    guard value.isTruthy else { return try .generator([]) }
    let items = try value.iterated()
    try evaluator.budget.charge(16 * items.count)
    if arguments.positional.isEmpty, arguments.keywords.contains(where: { $0.name == "attribute" })
    {
      let given = try arguments.bound(to: ["attribute", "default"], of: "map")
      let path = AttributePath(given[0], default: given[1])
      return try .generator(items.map { try path.value(of: $0, evaluator) })
    }
    guard let name = arguments.positional.first?.text?.string else {
      throw TemplateFault(.type, "map requires a filter argument")
    }
    let rest = arguments.droppingFirst(1)
    return try .generator(items.map { try evaluator.filter($0, name, with: rest) })
  }

  private static func select(
    _ value: TemplateValue, _ arguments: TemplateArguments, _ evaluator: TemplateEvaluator,
    by path: AttributePath = AttributePath(nil), keeps: Bool
  ) throws -> TemplateValue {
    guard value.isTruthy else { return try .generator([]) }
    let items = try value.iterated()
    try evaluator.budget.charge(16 * items.count)
    let rest = arguments.droppingFirst(1)
    return try .generator(
      items.filter { item in
        let subject = try path.value(of: item, evaluator)
        guard let test = arguments.positional.first else { return subject.isTruthy == keeps }
        guard let name = test.text?.string else {
          throw TemplateFault(.type, "the name of a test must be a text")
        }
        return try evaluator.test(subject, name, with: rest) == keeps
      })
  }

  private static func selectByAttribute(
    _ value: TemplateValue, _ arguments: TemplateArguments, _ evaluator: TemplateEvaluator,
    keeps: Bool
  ) throws -> TemplateValue {
    guard value.isTruthy else { return try .generator([]) }
    guard let attribute = arguments.positional.first else {
      throw TemplateFault(.type, "Missing parameter for attribute name")
    }
    return try select(
      value, arguments.droppingFirst(1), evaluator, by: AttributePath(attribute), keeps: keeps)
  }
}

extension TemplateArguments {
  fileprivate func droppingFirst(_ count: Int) -> TemplateArguments {
    TemplateArguments(positional: Array(positional.dropFirst(count)), keywords: keywords)
  }
}
