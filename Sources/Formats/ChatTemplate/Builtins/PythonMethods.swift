/// Methods of texts, lists, dictionaries and numbers that templates may call.
enum PythonMethods {
  private static let names: [String: Set<String>] = [
    "str": [
      "capitalize", "casefold", "center", "count", "endswith", "expandtabs", "find", "format",
      "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "isidentifier", "islower",
      "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join", "ljust", "lower",
      "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust",
      "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip", "swapcase",
      "title", "upper", "zfill",
    ],
    "list": ["copy", "count", "index"],
    "tuple": ["count", "index"],
    "range": ["count", "index"],
    "dict": ["copy", "get", "items", "keys", "values"],
    "int": ["bit_length", "is_integer"],
    "bool": ["bit_length", "is_integer"],
    "float": ["is_integer"],
  ]

  private static let mutatingNames: [String: Set<String>] = [
    "list": [
      "append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort",
    ],
    "dict": ["clear", "pop", "popitem", "setdefault", "update"],
  ]

  static func has(_ name: String, _ value: TemplateValue) -> Bool {
    names[value.typeName]?.contains(name) ?? false
  }

  /// Whether `name` would change `value`: the sandbox hides it.
  static func mutating(_ name: String, of value: TemplateValue) -> Bool {
    mutatingNames[value.typeName]?.contains(name) ?? false
  }

  /// Attributes that are values.
  static func constant(_ name: String, of value: TemplateValue) -> TemplateValue? {
    switch (value, name) {
    case (.int, "real"), (.big, "real"), (.int, "numerator"), (.big, "numerator"): value
    case (.int, "imag"), (.big, "imag"): .int(0)
    case (.int, "denominator"), (.big, "denominator"): .int(1)
    case (.float, "real"): value
    case (.float, "imag"): .float(0)
    case (.range(let range), "start"): .int(range.start)
    case (.range(let range), "stop"): .int(range.stop)
    case (.range(let range), "step"): .int(range.step)
    default: nil
    }
  }

  static func call(
    _ name: String, on owner: TemplateValue, _ arguments: TemplateArguments,
    _ evaluator: TemplateEvaluator
  ) throws -> TemplateValue {
    switch owner {
    case .text(let text):
      let call = TextMethodCall(text: text, name: name, arguments: arguments, evaluator: evaluator)
      return try call.run()
    case .dict(let dict): return try call(name, on: dict, arguments)
    case .list, .range: return try call(name, onItemsOf: owner, arguments)
    default: return try call(name, on: TemplateNumber(owner) ?? .int(0), arguments)
    }
  }

  private static func call(
    _ name: String, on dict: PythonDict, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    if name == "get" {
      let given = try arguments.bound(to: ["key", "default"], of: name)
      return dict[try PythonKey(given.required(0))] ?? given[1] ?? .none
    }
    _ = try arguments.bound(to: [], of: name)
    switch name {
    case "keys": return .list(try PythonList(dict.keys, .keys))
    case "values": return .list(try PythonList(dict.values, .values))
    case "items":
      let pairs = try dict.pairs.map { try TemplateValue.tuple([$0.key, $0.value]) }
      return .list(try PythonList(pairs, .items))
    default: return .dict(dict)
    }
  }

  private static func call(
    _ name: String, onItemsOf owner: TemplateValue, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    if name == "copy" { return owner }
    let wanted = try arguments.bound(to: ["value"], of: name).required(0)
    let items = try owner.iterated()
    if name == "count" {
      return .int(try items.filter { try TemplateValue.areEqual($0, wanted) }.count)
    }
    guard let index = try items.firstIndex(where: { try TemplateValue.areEqual($0, wanted) })
    else { throw TemplateFault(.value, "\(try wanted.represented()) is not in list") }
    return .int(index)
  }

  private static func call(
    _ name: String, on number: TemplateNumber, _ arguments: TemplateArguments
  ) throws -> TemplateValue {
    _ = try arguments.bound(to: [], of: name)
    if let whole = number.integer {
      return name == "bit_length" ? .int(whole.bitWidth) : .bool(true)
    }
    return .bool(number.double.isFinite && number.double == number.double.rounded())
  }
}
