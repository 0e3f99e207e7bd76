extension TemplateFilter {
  /// Filters on text.
  static let text: [TemplateFilter] = [
    TemplateFilter("upper") { value, _, _ in .text(try value.printed().uppercased) },
    TemplateFilter("lower") { value, _, _ in .text(try value.printed().lowercased) },
    TemplateFilter("capitalize") { value, _, _ in .text(try value.printed().capitalized) },
    TemplateFilter("title") { value, _, _ in .text(try value.printed().titleWords) },
    TemplateFilter("string") { value, _, _ in .text(try value.printed()) },
    TemplateFilter("safe") { value, _, _ in .text(try value.printed()) },
    TemplateFilter("escape") { value, _, _ in .text(escaped(try value.printed())) },
    TemplateFilter("trim", ["chars"]) { value, given, _ in
      .text(try value.printed().stripped(try given.optionalText(0)))
    },
    TemplateFilter("center", ["width"]) { value, given, evaluator in
      let width = try given.int(0, default: 80)
      try evaluator.budget.charge(width)
      return .text(try value.printed().centred(in: width))
    },
    TemplateFilter("replace", ["old", "new", "count"]) { value, given, evaluator in
      let limit = try given.optionalInt(2) ?? -1
      return .text(
        try value.printed().replacing(
          try given.required(0).printed(), with: try given.required(1).printed(),
          limit: limit < 0 ? nil : limit, within: &evaluator.budget))
    },
    TemplateFilter("indent", ["width", "first", "blank"]) { value, given, evaluator in
      .text(try indented(value, given, evaluator))
    },
    TemplateFilter("truncate", ["length", "killwords", "end", "leeway"]) { value, given, _ in
      .text(try truncated(value, given))
    },
    TemplateFilter("wordcount") { value, _, _ in .int(words(in: try value.printed())) },
    TemplateFilter("urlencode") { value, _, _ in .text(try urlEncoded(value)) },
    TemplateFilter(
      "format",
      passingOn: { value, arguments, evaluator in
        guard arguments.positional.isEmpty || arguments.keywords.isEmpty else {
          throw TemplateFault(
            .type, "can't handle positional and keyword arguments at the same time")
        }
        let values =
          arguments.keywords.isEmpty
          ? try TemplateValue.tuple(arguments.positional)
          : .dict(try PythonDict(arguments.keywords.map { (.string($0.name), $0.value) }))
        return .text(try percentFormat(try value.printed(), values, evaluator))
      }),
  ]

  private static func escaped(_ text: PythonText) -> PythonText {
    var bytes: [UInt8] = []
    for byte in text.bytes {
      switch byte {
      case UInt8(ascii: "&"): bytes += "&amp;".utf8
      case UInt8(ascii: "<"): bytes += "&lt;".utf8
      case UInt8(ascii: ">"): bytes += "&gt;".utf8
      case UInt8(ascii: "'"): bytes += "&#39;".utf8
      case UInt8(ascii: "\""): bytes += "&#34;".utf8
      default: bytes.append(byte)
      }
    }
    return PythonText(bytes)
  }

  private static func indented(
    _ value: TemplateValue, _ given: TemplateParameters, _ evaluator: TemplateEvaluator
  ) throws -> PythonText {
    let text = try requiredText(value, of: "indent")
    let margin: PythonText
    if let custom = given[0]?.text {
      margin = custom
    } else {
      let width = try given.int(0, default: 4)
      try evaluator.budget.charge(width)
      margin = PythonText(Array(repeating: 0x20, count: max(0, width)))
    }
    let lines = (text + "\n").lines()
    try evaluator.budget.charge(margin.bytes.count, times: lines.count + 1)
    var result = given.bool(1) ? margin : PythonText("")
    for (index, line) in lines.enumerated() {
      if index > 0 {
        result.bytes.append(0x0A)
        if given.bool(2) || !line.isEmpty { result.bytes += margin.bytes }
      }
      result.bytes += line.bytes
    }
    return result
  }

  private static func truncated(
    _ value: TemplateValue, _ given: TemplateParameters
  ) throws -> PythonText {
    let text = try requiredText(value, of: "truncate")
    let length = try given.int(0, default: 255)
    let end = try given.optionalText(2) ?? "..."
    let leeway = try given.optionalInt(3) ?? 5
    guard length >= end.count else {
      throw TemplateFault(.value, "expected length >= \(end.count), got \(length)")
    }
    guard leeway >= 0 else { throw TemplateFault(.value, "expected leeway >= 0, got \(leeway)") }
    let all = text.scalars
    if all.count <= length || all.count - length <= leeway { return text }
    let head = PythonText(scalars: all[..<(length - end.count)])
    if given.bool(1) { return head + end }
    return head.splitFromRight(by: " ", limit: 1)[0] + end
  }

  private static func requiredText(_ value: TemplateValue, of name: String) throws -> PythonText {
    if let text = value.text { return text }
    if case .undefined = value { return "" }
    throw TemplateFault(.type, "\(name): a text is needed, not \(value.typeName)")
  }

  private static func words(in text: PythonText) -> Int {
    var count = 0
    var isInside = false
    for scalar in text.scalars {
      let isWord = scalar.isPythonAlphanumeric || scalar == "_"
      if isWord, !isInside { count += 1 }
      isInside = isWord
    }
    return count
  }

  private static func urlEncoded(_ value: TemplateValue) throws -> PythonText {
    let pairs: [[TemplateValue]]
    switch value {
    case .dict(let dict): pairs = dict.pairs.map { [$0.key, $0.value] }
    case .list: pairs = try value.iterated().map { try $0.iterated() }
    default: return percentEncoded(try value.printed(), isQuery: false)
    }
    let fields = try pairs.map { pair in
      try pair.map { percentEncoded(try $0.printed(), isQuery: true).string }
        .joined(separator: "=")
    }
    return PythonText(fields.joined(separator: "&"))
  }

  private static func percentEncoded(_ text: PythonText, isQuery: Bool) -> PythonText {
    var bytes: [UInt8] = []
    for byte in text.bytes {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: bytes.append(byte)
      case 0x2F where !isQuery: bytes.append(byte)
      case 0x20 where isQuery: bytes.append(0x2B)
      default: bytes += ("%" + hexadecimal(UInt32(byte), width: 2).uppercased()).utf8
      }
    }
    return PythonText(bytes)
  }
}

extension PythonText {
  /// `replacing` that first counts what it will make, since a short text can grow without bound.
  func replacing(
    _ old: PythonText, with new: PythonText, limit: Int?, within budget: inout TemplateBudget
  ) throws -> PythonText {
    let hits = old.isEmpty ? count + 1 : indices(of: old).count
    try budget.charge(new.bytes.count, times: min(hits, limit ?? hits))
    try budget.charge(bytes.count)
    return replacing(old, with: new, limit: limit ?? .max)
  }
}
