extension JSON {
  /// The value as JSON text. Parsing it gives the value back, strings and doubles to the bit;
  /// NaN and infinities, which JSON lacks, become null.
  ///
  /// - Parameters:
  ///   - pretty: Two spaces of indent and a line for every element; else one line.
  ///   - sortKeys: Keys by their bytes; else in the object's own order.
  public func serialized(pretty: Bool = false, sortKeys: Bool = false) -> String {
    var writer = JSONWriter(pretty: pretty, sortKeys: sortKeys)
    writer.write(self, indent: 0)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// `text` as a JSON string, quotes included.
  public static func quotedString(_ text: String) -> String {
    var writer = JSONWriter(pretty: false, sortKeys: false)
    writer.write(text)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

private struct JSONWriter {
  let pretty: Bool
  let sortKeys: Bool
  var bytes: [UInt8] = []

  mutating func write(_ value: JSON, indent: Int) {
    switch value {
    case .null: append("null")
    case .bool(let flag): append(flag ? "true" : "false")
    case .int(let number): append(String(number))
    case .number(let number): append(number.isFinite ? number.description : "null")
    case .string(let text): write(text)
    case .array(let elements):
      list(elements, brackets: ("[", "]"), indent: indent) { writer, element in
        writer.write(element, indent: indent + 1)
      }
    case .object(let object):
      let entries =
        sortKeys
        ? object.entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        : object.entries
      list(entries, brackets: ("{", "}"), indent: indent) { writer, entry in
        writer.write(entry.key)
        writer.append(writer.pretty ? ": " : ":")
        writer.write(entry.value, indent: indent + 1)
      }
    }
  }

  private mutating func list<Element>(
    _ elements: [Element], brackets: (String, String), indent: Int,
    each: (inout JSONWriter, Element) -> Void
  ) {
    append(brackets.0)
    for (index, element) in elements.enumerated() {
      if index > 0 { append(",") }
      newLine(indent + 1)
      each(&self, element)
    }
    if !elements.isEmpty { newLine(indent) }
    append(brackets.1)
  }

  private mutating func newLine(_ indent: Int) {
    guard pretty else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: 2 * indent))
  }

  mutating func write(_ text: String) {
    append("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0x0A: append("\\n")
      case 0x0D: append("\\r")
      case 0x09: append("\\t")
      case 0..<0x20, 0x7F:
        let hex = String(byte, radix: 16)
        append("\\u" + String(repeating: "0", count: 4 - hex.count) + hex)
      default: bytes.append(byte)
      }
    }
    append("\"")
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
