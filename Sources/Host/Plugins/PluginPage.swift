import PluginAPI

/// What there is to say about one registered adapter, reward or strategy.
struct PluginPage {
  let kind: String
  let name: String
  let summary: String
  let options: [OptionDescription]

  static func pages(of manifest: PluginManifest) -> [PluginPage] {
    manifest.adapters.map { page($0, kind: "adapter") }
      + manifest.rewards.map { page($0, kind: "reward") }
      + manifest.strategies.map { page($0, kind: "strategy") }
  }

  private static func page<P: Plugin>(_ type: P.Type, kind: String) -> PluginPage {
    PluginPage(
      kind: kind, name: type.name, summary: type.summary,
      options: OptionReader.describe(P.Options()))
  }

  func printPage() {
    print("\(name) (\(kind)): \(summary)")
    if options.isEmpty { print("  no options") }
    for option in options {
      let range = option.range.map { " in \($0)" } ?? ""
      print("  \(option.key): \(option.type)\(range), default \(option.defaultText)")
      print("      \(option.documentation)")
    }
  }

  var json: JSON {
    let options = options.map { option -> JSON in
      var object: JSON = [
        "key": .string(option.key), "type": .string(option.type),
        "default": .string(option.defaultText), "doc": .string(option.documentation),
        "schema": option.schema,
      ]
      object["range"] = option.range.map { .string($0) }
      return object
    }
    return [
      "kind": .string(kind), "name": .string(name), "summary": .string(summary),
      "options": .array(options),
    ]
  }
}
