internal import Kernels

extension YAMLNode {
  /// The tree as YAML that reads back as the same values: block style, two spaces, aliases and
  /// merges written out. Equal trees give equal bytes.
  public func serialized() -> String {
    var text = ""
    write(to: &text, indent: 0, inline: false)
    return text
  }

  /// Writes at the current position: after `key:` (`inline`) or at the start of a line.
  private func write(to text: inout String, indent: Int, inline: Bool) {
    switch content {
    case .scalar(let scalar): text += (inline ? " " : "") + scalar.serialized + "\n"
    case .sequence(let nodes) where nodes.isEmpty: text += (inline ? " " : "") + "[]\n"
    case .mapping(let entries) where entries.isEmpty: text += (inline ? " " : "") + "{}\n"
    case .sequence(let nodes):
      if inline { text += "\n" }
      for node in nodes {
        text += Self.space(indent) + "-"
        node.writeListed(to: &text, indent: indent + 1)
      }
    case .mapping(let entries):
      if inline { text += "\n" }
      for entry in entries {
        text += Self.space(indent)
        entry.write(to: &text, indent: indent)
      }
    }
  }

  /// Writes after `-`: a mapping begins on the same line.
  private func writeListed(to text: inout String, indent: Int) {
    guard case .mapping(let entries) = content, let first = entries.first else {
      write(to: &text, indent: indent, inline: true)
      return
    }
    text += " "
    first.write(to: &text, indent: indent)
    for entry in entries.dropFirst() {
      text += Self.space(indent)
      entry.write(to: &text, indent: indent)
    }
  }

  fileprivate func writeValue(to text: inout String, indent: Int) {
    write(to: &text, indent: indent + 1, inline: true)
  }

  private static func space(_ indent: Int) -> String { String(repeating: "  ", count: indent) }
}

extension YAMLEntry {
  fileprivate func write(to text: inout String, indent: Int) {
    text += YAMLScalar(key, isPlain: false).serialized + ":"
    value.writeValue(to: &text, indent: indent)
  }
}

extension YAMLScalar {
  /// Without quotes where that reads back as the same kind and text, else as a JSON string.
  fileprivate var serialized: String {
    let plain = YAMLScalar(text, isPlain: true)
    let isTyped = plain.isNull || plain.bool != nil || plain.double != nil
    if isTyped { return isPlain ? (isNull ? "null" : text) : JSON.quotedString(text) }
    return Self.isSafe(text) && plain.surprise == nil ? text : JSON.quotedString(text)
  }

  /// Letters, digits and what can stand anywhere in a plain scalar.
  private static func isSafe(_ text: String) -> Bool {
    guard let first = text.utf8.first,
      isWord(first) || first == UInt8(ascii: "/")
        || first == UInt8(ascii: ".")
    else { return false }
    return text.utf8.allSatisfy { isWord($0) || "/.-+ ()".utf8.contains($0) }
      && text.utf8.last != UInt8(ascii: " ") && text != "." && !text.hasPrefix("...")
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
