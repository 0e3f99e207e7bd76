/// Reads options structs from YAML mappings, by reflection over their settings.
public enum OptionReader {
  /// Fresh options filled from `node` (nil: all defaults). Keys in `reserved` belong to somebody
  /// else and are passed over. Every fault is appended to `problems`; what could not be read
  /// keeps its default.
  public static func read<Options: PluginOptions>(
    _ type: Options.Type, from node: YAMLNode?, reserved: Set<String> = [],
    into problems: inout [Problem], _ context: OptionContext
  ) -> Options {
    let options = Options()
    if let node { fill(options, from: node, reserved: reserved, into: &problems, context) }
    return options
  }

  /// The options of a type, in declaration order.
  public static func describe(_ options: some PluginOptions) -> [OptionDescription] {
    settings(of: options).flatMap { $0.setting.describe(key: $0.key) }
  }

  static func fill(
    _ options: some PluginOptions, from node: YAMLNode, reserved: Set<String> = [],
    into problems: inout [Problem], _ context: OptionContext, path: String? = nil
  ) {
    if node.isNull { return }
    guard let entries = node.mapping else {
      let subject = path.map { "\(quoted($0)): " } ?? ""
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "\(subject)found \(node.found)",
          expected: "a mapping of options"))
      return
    }
    let known = settings(of: options)
    for entry in entries where !reserved.contains(entry.key) {
      if let match = known.first(where: { $0.key == entry.key }) {
        match.setting.read(entry.value, key: entry.key, into: &problems, context)
      } else {
        problems.append(unknown(entry, among: known.map(\.key) + reserved.sorted()))
      }
    }
  }

  /// The problem of a key that nobody knows.
  public static func unknown(_ entry: YAMLEntry, among known: [String]) -> Problem {
    let hint =
      closest(to: entry.key, among: known).map { "did you mean \(quoted($0))?" }
      ?? (known.isEmpty ? "no options are known here" : "known: \(known.joined(separator: ", "))")
    return Problem(
      .badConfiguration, at: entry.keyMark.description, "unknown key \(quoted(entry.key))",
      hint: hint)
  }

  private static func settings(of options: some PluginOptions) -> [(
    key: String, setting: any AnySetting
  )] {
    Mirror(reflecting: options).children.flatMap { child -> [(String, any AnySetting)] in
      if let shared = child.value as? any AnyShared { return settings(of: shared.options) }
      if let group = child.value as? any AnySettingGroup { return group.settings }
      guard let label = child.label, let setting = child.value as? any AnySetting else {
        return []
      }
      return [(snakeCase(label.hasPrefix("_") ? String(label.dropFirst()) : label), setting)]
    }
  }

  /// `labelSmoothing` to `label_smoothing`, `topP` to `top_p`.
  static func snakeCase(_ name: String) -> String {
    var result = ""
    for character in name {
      if character.isUppercase {
        result += "_" + character.lowercased()
      } else {
        result.append(character)
      }
    }
    return result
  }
}
