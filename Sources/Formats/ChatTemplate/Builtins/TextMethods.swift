/// A call of a `str` method.
struct TextMethodCall {
  let text: PythonText
  let name: String
  let arguments: TemplateArguments
  let evaluator: TemplateEvaluator

  func run() throws -> TemplateValue {
    if let value = try changed() { return .text(value) }
    if let value = try answered() { return .bool(value) }
    if let value = try split() { return value }
    switch name {
    case "find", "index", "rfind", "rindex", "count": return try search()
    case "join": return .text(try joined())
    default:
      var formatter = BraceFormatter(arguments, evaluator)
      return .text(try formatter.format(text))
    }
  }

  private func given(_ names: String...) throws -> TemplateParameters {
    try arguments.bound(to: names, of: name)
  }

  // MARK: - Methods that give a text

  private func changed() throws -> PythonText? {
    switch name {
    case "strip", "lstrip", "rstrip":
      return text.stripped(
        try given("chars").optionalText(0), left: name != "rstrip", right: name != "lstrip")
    case "replace":
      let given = try given("old", "new", "count")
      let limit = try given.int(2, default: -1)
      return try text.replacing(
        try given.text(0), with: try given.text(1), limit: limit < 0 ? nil : limit,
        within: &evaluator.budget)
    case "removeprefix":
      let prefix = try given("prefix").text(0)
      return text.bytes.starts(with: prefix.bytes)
        ? PythonText(text.bytes[prefix.bytes.count...]) : text
    case "removesuffix":
      let suffix = try given("suffix").text(0)
      return text.hasSuffix(suffix)
        ? PythonText(text.bytes[..<(text.bytes.count - suffix.bytes.count)]) : text
    case "center", "ljust", "rjust", "zfill": return try padded()
    case "expandtabs": return try expandingTabs()
    default: return try cased()
    }
  }

  private func cased() throws -> PythonText? {
    let cased: PythonText
    switch name {
    case "upper": cased = text.uppercased
    case "lower", "casefold": cased = text.lowercased
    case "title": cased = text.titleCased
    case "capitalize": cased = text.capitalized
    case "swapcase": cased = text.swappingCase
    default: return nil
    }
    _ = try given()
    return name == "casefold"
      ? cased.replacing("ß", with: "ss").replacing("ς", with: "σ") : cased
  }

  private func padded() throws -> PythonText {
    let given = try given("width", "fillchar")
    _ = try given.required(0)
    let width = try given.int(0, default: 0)
    let fill = try given.optionalText(1) ?? (name == "zfill" ? "0" : " ")
    guard fill.count == 1 else {
      throw TemplateFault(.type, "The fill character must be exactly one character long")
    }
    let count = text.count
    guard width > count else { return text }
    let missing = width - count
    try evaluator.budget.charge(4, times: missing)
    switch name {
    case "center": return text.centred(in: width, fill: fill)
    case "ljust": return text + fill.repeated(missing)
    case "rjust": return fill.repeated(missing) + text
    default:
      let hasSign = text.bytes.first == 0x2B || text.bytes.first == 0x2D
      let head = PythonText(text.bytes[..<(hasSign ? 1 : 0)])
      return head + fill.repeated(missing) + PythonText(text.bytes[head.bytes.count...])
    }
  }

  private func expandingTabs() throws -> PythonText {
    let size = try given("tabsize").int(0, default: 8)
    guard size <= 1 << 10 else { throw TemplateFault(.limit, "expandtabs of \(size)") }
    try evaluator.budget.charge(text.bytes.reduce(0) { $0 + ($1 == 9 ? max(1, size) : 1) })
    var result: [Unicode.Scalar] = []
    var column = 0
    for scalar in text.scalars {
      if scalar == "\t" {
        let fill = size > 0 ? size - column % size : 0
        result += Array(repeating: " ", count: fill)
        column += fill
      } else {
        result.append(scalar)
        column = scalar == "\n" || scalar == "\r" ? 0 : column + 1
      }
    }
    return PythonText(scalars: result)
  }

  private func joined() throws -> PythonText {
    var result = PythonText("")
    for (index, item) in try given("iterable").required(0).iterated().enumerated() {
      guard let part = item.text else {
        if case .undefined(let absence) = item { throw absence.fault }
        throw TemplateFault(
          .type, "sequence item \(index): expected str instance, \(item.typeName) found")
      }
      if index > 0 { result.bytes += text.bytes }
      result.bytes += part.bytes
      try evaluator.budget.check(size: result.bytes.count)
    }
    return result
  }

  // MARK: - Methods that give a boolean

  private func answered() throws -> Bool? {
    switch name {
    case "startswith", "endswith": return try hasAffix()
    case "islower": return text.isCased(lower: true)
    case "isupper": return text.isCased(lower: false)
    case "istitle": return text.isTitleCased
    case "isascii": return text.isASCII
    case "isprintable": return text.scalars.allSatisfy(\.isPythonPrintable)
    case "isspace": return all(\.isPythonSpace)
    case "isalpha": return all(\.isPythonAlpha)
    case "isalnum": return all(\.isPythonAlphanumeric)
    case "isdigit": return all(\.isPythonDigit)
    case "isdecimal": return all(\.isPythonDecimal)
    case "isnumeric": return all(\.isPythonNumeric)
    case "isidentifier":
      guard let first = text.scalars.first else { return false }
      return (first == "_" || first.properties.isXIDStart) && all(\.properties.isXIDContinue)
    default: return nil
    }
  }

  private func all(_ property: (Unicode.Scalar) -> Bool) -> Bool {
    !text.isEmpty && text.scalars.allSatisfy(property)
  }

  private func hasAffix() throws -> Bool {
    let given = try given("prefix", "start", "end")
    let affixes: [TemplateValue]
    if case .list(let list) = given[0], list.kind == .tuple {
      affixes = list.items
    } else {
      affixes = [.text(try given.text(0))]
    }
    let part = try window(given)
    return try affixes.contains { affix in
      guard let affix = affix.text else {
        throw TemplateFault(.type, "\(name) first arg must be str or a tuple of str")
      }
      guard let part = part?.text else { return false }
      return name == "startswith"
        ? part.bytes.starts(with: affix.bytes) : part.hasSuffix(affix)
    }
  }

  // MARK: - Methods that search or split

  /// The part between the arguments `start` and `end`, nil when start lies behind the text's end.
  private func window(_ given: TemplateParameters) throws -> (text: PythonText, start: Int)? {
    guard given[1] != nil || given[2] != nil else { return (text, 0) }
    let all = text.scalars
    func place(_ value: Int?) -> Int? {
      value.map { min(max($0 < 0 ? $0 &+ all.count : $0, 0), all.count) }
    }
    let wanted = try given.optionalInt(1) ?? 0
    guard wanted <= all.count else { return nil }
    let start = place(wanted) ?? 0
    let end = place(try given.optionalInt(2)) ?? all.count
    guard start <= end else { return nil }
    return (PythonText(scalars: all[start..<end]), start)
  }

  private func search() throws -> TemplateValue {
    let given = try given("sub", "start", "end")
    let needle = try given.text(0)
    let window = try window(given)
    if name == "count" {
      guard let window else { return .int(0) }
      return .int(needle.isEmpty ? window.text.count + 1 : window.text.indices(of: needle).count)
    }
    let offset =
      name.hasPrefix("r") ? window?.text.lastIndex(of: needle) : window?.text.firstIndex(of: needle)
    if let window, let offset {
      return .int(window.start + PythonText(window.text.bytes[..<offset]).count)
    }
    guard name.hasSuffix("find") else { throw TemplateFault(.value, "substring not found") }
    return .int(-1)
  }

  private func split() throws -> TemplateValue? {
    switch name {
    case "split", "rsplit":
      let given = try given("sep", "maxsplit")
      let most = try given.int(1, default: -1)
      let limit = most < 0 ? Int.max : most
      try evaluator.budget.charge(text.bytes.count)
      guard let separator = try given.optionalText(0) else {
        return try parts(text.splitAtSpaces(limit: limit, fromRight: name == "rsplit"))
      }
      guard !separator.isEmpty else { throw TemplateFault(.value, "empty separator") }
      return try parts(
        name == "split"
          ? text.split(by: separator, limit: limit)
          : text.splitFromRight(by: separator, limit: limit))
    case "splitlines": return try parts(text.lines(keepEnds: try given("keepends").bool(0)))
    case "partition", "rpartition":
      let separator = try given("sep").text(0)
      guard !separator.isEmpty else { throw TemplateFault(.value, "empty separator") }
      return try .tuple(partition(separator).map { .text($0) })
    default: return nil
    }
  }

  private func parts(_ parts: [PythonText]) throws -> TemplateValue {
    try evaluator.budget.charge(parts.count * 16)
    return try .list(parts.map { .text($0) })
  }

  private func partition(_ separator: PythonText) -> [PythonText] {
    let isLast = name == "rpartition"
    guard let hit = isLast ? text.lastIndex(of: separator) : text.firstIndex(of: separator) else {
      return isLast ? ["", "", text] : [text, "", ""]
    }
    let rest = hit + separator.bytes.count
    return [PythonText(text.bytes[..<hit]), separator, PythonText(text.bytes[rest...])]
  }
}

extension PythonText {
  func hasSuffix(_ suffix: PythonText) -> Bool {
    bytes.count >= suffix.bytes.count
      && bytes.suffix(suffix.bytes.count).elementsEqual(suffix.bytes)
  }
}
