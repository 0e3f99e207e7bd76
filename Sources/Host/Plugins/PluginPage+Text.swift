import PluginAPI

extension PluginPage {
  /// The page as lines for people: options in aligned columns, and how a recipe says it.
  func lines(of manifest: PluginManifest, path: String, _ settings: TerminalSettings) -> [String] {
    let width = min(settings.width ?? Self.fullWidth, 2 * Self.fullWidth)
    let title = TextStyle.bold.applied(to: name, settings)
    var lines = ["\(title)  \(kind.rawValue) of \(DisplayWidth.printable(manifest.release))"]
    lines += TextWrap.lines(summary, width: width - 2).map { "  " + $0 }
    lines += ["  " + TextStyle.dim.applied(to: DisplayWidth.printable(path), settings), ""]
    lines += options.isEmpty ? ["no options"] : optionLines(width, settings)
    lines += ["", TextStyle.bold.applied(to: "in a recipe", settings)]
    return lines + snippet.map { "  " + $0 }
  }

  private static let fullWidth = 100

  private func optionLines(_ width: Int, _ settings: TerminalSettings) -> [String] {
    let cells = options.map { option in
      let range = option.range.map { " in \($0)" } ?? ""
      let value = required.contains(option.key) ? "required" : option.defaultText
      return [
        option.key, option.type + range, excerpt(value, limit: 60), option.documentation,
      ]
    }
    let columns = WrappedColumns(
      rows: [["option", "type", "default", ""]] + cells, limits: [26, 26, 14], width: width)
    var rows = columns.rendered()
    if !rows.isEmpty { rows[0] = TextStyle.bold.applied(to: rows[0], settings) }
    return rows
  }
}

extension PluginManifest {
  /// `Verifiable 1.0.0`.
  var release: String { version.isEmpty ? name : "\(name) \(version)" }
}
