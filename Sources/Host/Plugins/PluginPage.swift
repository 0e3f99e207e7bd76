import PluginAPI
import Processes

/// What there is to say about one registered adapter, reward, strategy or merge method.
struct PluginPage {
  enum Kind: String, CaseIterable {
    case adapter, reward, strategy
    case mergeMethod = "merge method"
  }

  let kind: Kind
  let name: String
  let summary: String
  var options: [OptionDescription]
  /// Options that must be given.
  var required: Set<String> = []

  /// Everything `manifest` registers.
  ///
  /// - Parameter wanted: Only what has this name, and then also which option it cannot be made
  ///   without.
  static func pages(of manifest: PluginManifest, named wanted: String? = nil) -> [PluginPage] {
    ForeignCode.run(
      "plugin \(quoted(manifest.name))", "while its options were listed",
      hint: "see 'crucible plugin doctor'"
    ) {
      manifest.adapters.compactMap { page($0, .adapter, wanted) }
        + manifest.rewards.compactMap { page($0, .reward, wanted) }
        + manifest.strategies.compactMap { page($0, .strategy, wanted) }
        + manifest.merges.compactMap { mergePage($0, wanted) }
    }
  }

  private static func page<P: Plugin>(
    _ type: P.Type, _ kind: Kind, _ wanted: String?
  ) -> PluginPage? {
    guard wanted == nil || type.name == wanted else { return nil }
    var page = PluginPage(
      kind: kind, name: type.name, summary: type.summary,
      options: OptionReader.describe(P.Options()))
    if wanted != nil { page.findRequired(type) }
    return page
  }

  /// Parameters of each input follow those of the tensor.
  private static func mergePage<Method: MergeMethod>(
    _ type: Method.Type, _ wanted: String?
  ) -> PluginPage? {
    guard var page = page(type, .mergeMethod, wanted) else { return nil }
    page.options += OptionReader.describe(Method.Input()).map { option in
      var option = option
      option.documentation += " (of each model)"
      return option
    }
    page.required = type.contract.required
    return page
  }

  /// Only the plugin knows what it cannot do without: it names the option when it is made without
  /// any.
  private mutating func findRequired<P: Plugin>(_ type: P.Type) {
    do {
      _ = try type.init(P.Options())
    } catch let error as OptionError {
      let option = options.first { $0.key == error.key }
      if let option, option.isEmptyByDefault { required.insert(option.key) }
    } catch {}
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
      "kind": .string(kind.rawValue), "name": .string(name), "summary": .string(summary),
      "options": .array(options),
    ]
  }
}

extension OptionDescription {
  /// Whether the default is nothing at all.
  var isEmptyByDefault: Bool { ["none", "\"\"", "[]"].contains(defaultText) }
}
