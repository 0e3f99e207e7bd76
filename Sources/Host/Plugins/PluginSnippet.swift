import PluginAPI

/// How a recipe names a plugin: what it needs, and the options that are set most.
extension PluginPage {
  /// Lines of YAML that a recipe can hold, after what is in capitals is filled in.
  var snippet: [String] {
    switch kind {
    case .adapter:
      return ["sources:", "  - adapter: \(name)", "    model: MODEL"] + settings(indent: 4)
    case .reward:
      return ["rewards:", "  - plugin: \(name)"] + settings(indent: 4)
    case .strategy, .mergeMethod:
      return ["fusion:", "  strategy: \(name)"] + settings(indent: 2)
    }
  }

  private static let shown = 4

  private func settings(indent: Int) -> [String] {
    let space = String(repeating: " ", count: indent)
    return chosen.map { "\(space)\($0.key): \(value(of: $0))" }
  }

  /// What is needed, then the first that have a default, as authors write the important ones first.
  private var chosen: [OptionDescription] {
    // A merge in a recipe has weights of its own.
    let needed = options.filter {
      required.contains($0.key) && !(kind == .mergeMethod && $0.key == "weight")
    }
    let usual = options.filter {
      !required.contains($0.key) && !$0.isEmptyByDefault && !$0.key.contains(".")
        && Self.isShort($0.defaultText)
    }
    return Array((needed + usual).prefix(max(needed.count, Self.shown)))
  }

  private static func isShort(_ text: String) -> Bool {
    text.utf8.count <= 40 && !text.contains(where: \.isNewline)
  }

  private func value(of option: OptionDescription) -> String {
    guard required.contains(option.key) else {
      return option.isText ? yamlText(option.defaultText) : option.defaultText
    }
    if let first = option.schema["enum"]?.array?.first?.string { return yamlText(first) }
    switch option.schema["type"]?.string {
    case "integer", "number": return "1"
    case "boolean": return "true"
    case "array": return "[\(option.key.uppercased())]"
    default:
      return
        option.type.hasPrefix("a path") ? "./" + option.key.uppercased() : option.key.uppercased()
    }
  }

  /// Text as YAML reads it back as text.
  private func yamlText(_ text: String) -> String {
    let isWord =
      text.first?.isLetter == true
      && text.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || $0 == UInt8(ascii: "_")
          || $0 == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
      }
    let meansSomethingElse = ["true", "false", "yes", "no", "on", "off", "null"]
    if isWord, !meansSomethingElse.contains(text.lowercased()) { return text }
    return JSON.string(text).serialized()
  }
}

extension OptionDescription {
  fileprivate var isText: Bool { schema["type"]?.string == "string" || schema["enum"] != nil }
}
