extension TemplateFilter {
  /// `tojson` as chat templates have it: Python's `json.dumps`, no HTML escapes.
  static let tojson = TemplateFilter(
    "tojson", ["ensure_ascii", "indent", "separators", "sort_keys"]
  ) { value, given, evaluator in
    var writer = PythonJSONWriter(isASCII: given.bool(0), sortsKeys: given.bool(3))
    switch given[1] {
    case nil, TemplateValue.none?: break
    case .text(let text)?: writer.indent = text
    default:
      let width = try given.int(1, default: 0)
      guard width <= 1 << 10 else { throw TemplateFault(.value, "tojson: indent \(width)") }
      writer.indent = PythonText(Array(repeating: 0x20, count: max(0, width)))
    }
    writer.itemSeparator = writer.indent == nil ? ", " : ","
    if let separators = given[2], !separators.isNone {
      let pair = try separators.iterated()
      guard pair.count == 2, let item = pair[0].text, let key = pair[1].text else {
        throw TemplateFault(.value, "tojson: separators must be two texts")
      }
      (writer.itemSeparator, writer.keySeparator) = (item, key)
    }
    try writer.write(value, level: 0, &evaluator.budget)
    return .text(PythonText(writer.bytes))
  }
}

/// `json.dumps`.
struct PythonJSONWriter {
  var isASCII = false
  var sortsKeys = false
  /// Nil: everything on one line.
  var indent: PythonText?
  var itemSeparator: PythonText = ", "
  var keySeparator: PythonText = ": "
  private(set) var bytes: [UInt8] = []

  init(isASCII: Bool, sortsKeys: Bool) {
    self.isASCII = isASCII
    self.sortsKeys = sortsKeys
  }

  mutating func write(
    _ value: TemplateValue, level: Int, _ budget: inout TemplateBudget
  ) throws {
    try budget.charge(16)
    try budget.check(size: bytes.count)
    switch value {
    case .none: bytes += "null".utf8
    case .bool(let bool): bytes += (bool ? "true" : "false").utf8
    case .int, .big: bytes += try value.represented().utf8
    case .float(let float): bytes += Self.number(float).utf8
    case .text(let text):
      try budget.charge(text.bytes.count)
      write(text)
    case .list(let list) where list.isSubscriptable:
      try write("[", "]", list.items, level, &budget) { writer, item, budget in
        try writer.write(item, level: level + 1, &budget)
      }
    case .dict(let dict): try write(dict, level, &budget)
    default:
      throw TemplateFault(.type, "Object of type \(value.typeName) is not JSON serializable")
    }
  }

  private mutating func write(
    _ dict: PythonDict, _ level: Int, _ budget: inout TemplateBudget
  ) throws {
    var pairs = dict.pairs
    if sortsKeys { pairs = try pairs.sorted { try TemplateValue.isLess($0.key, $1.key) } }
    try write("{", "}", pairs, level, &budget) { writer, pair, budget in
      writer.write(try Self.key(pair.key))
      writer.bytes += writer.keySeparator.bytes
      try writer.write(pair.value, level: level + 1, &budget)
    }
  }

  private mutating func write<Item>(
    _ open: String, _ close: String, _ items: [Item], _ level: Int,
    _ budget: inout TemplateBudget,
    _ each: (inout PythonJSONWriter, Item, inout TemplateBudget) throws -> Void
  ) throws {
    bytes += open.utf8
    for (index, item) in items.enumerated() {
      if index > 0 { bytes += itemSeparator.bytes }
      startLine(level + 1)
      try each(&self, item, &budget)
    }
    if !items.isEmpty { startLine(level) }
    bytes += close.utf8
  }

  private mutating func startLine(_ level: Int) {
    guard let indent else { return }
    bytes.append(0x0A)
    bytes += indent.repeated(level).bytes
  }

  private static func key(_ key: TemplateValue) throws -> PythonText {
    switch key {
    case .text(let text): return text
    case .none: return "null"
    case .bool(let bool): return bool ? "true" : "false"
    case .float(let float): return PythonText(number(float))
    case .int, .big: return PythonText(try key.represented())
    default:
      throw TemplateFault(
        .type, "keys must be str, int, float, bool or None, not \(key.typeName)")
    }
  }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
    return pythonDescription(of: value)
  }

  private mutating func write(_ text: PythonText) {
    bytes.append(0x22)
    if isASCII {
      for scalar in text.scalars { writeASCII(scalar) }
    } else {
      for byte in text.bytes { write(byte) }
    }
    bytes.append(0x22)
  }

  private mutating func write(_ byte: UInt8) {
    switch byte {
    case 0x22: bytes += "\\\"".utf8
    case 0x5C: bytes += "\\\\".utf8
    case 0x0A: bytes += "\\n".utf8
    case 0x0D: bytes += "\\r".utf8
    case 0x09: bytes += "\\t".utf8
    case 0x0C: bytes += "\\f".utf8
    case 0x08: bytes += "\\b".utf8
    case _ where byte < 0x20 || byte == 0x7F && isASCII:
      bytes += ("\\u" + hexadecimal(UInt32(byte), width: 4)).utf8
    default: bytes.append(byte)
    }
  }

  private mutating func writeASCII(_ scalar: Unicode.Scalar) {
    guard !scalar.isASCII else {
      write(UInt8(scalar.value))
      return
    }
    for unit in UTF16.encode(scalar) ?? .init() {
      bytes += ("\\u" + hexadecimal(UInt32(unit), width: 4)).utf8
    }
  }
}
