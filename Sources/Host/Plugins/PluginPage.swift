import PluginAPI

/// What there is to say about one registered adapter, reward or strategy.
struct PluginPage {
  let kind: String
  let name: String
  let summary: String
  var options: [OptionDescription]
  /// Options without a default.
  var required: Set<String> = []

  static func pages(of manifest: PluginManifest) -> [PluginPage] {
    manifest.adapters.map { page($0, kind: "adapter") }
      + manifest.rewards.map { page($0, kind: "reward") }
      + manifest.strategies.map { page($0, kind: "strategy") }
      + manifest.merges.map { mergePage($0) }
  }

  /// Parameters of each input follow those of the tensor.
  private static func mergePage<Method: MergeMethod>(_ type: Method.Type) -> PluginPage {
    var page = page(type, kind: "merge method")
    page.options += OptionReader.describe(Method.Input()).map { option in
      var option = option
      option.documentation += " (of each model)"
      return option
    }
    page.required = type.contract.required
    return page
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
      let value =
        required.contains(option.key) ? "required" : "default \(option.defaultText)"
      print("  \(option.key): \(option.type)\(range), \(value)")
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
      if required.contains(option.key) { object["required"] = true }
      return object
    }
    return [
      "kind": .string(kind), "name": .string(name), "summary": .string(summary),
      "options": .array(options),
    ]
  }
}
