import PluginAPI

/// Everything a registry has found, for people and for programs.
struct PluginListing {
  private struct Row {
    let entry: PluginRegistry.Entry
    /// Empty when it was refused.
    let pages: [PluginPage]
  }

  private let rows: [Row]

  /// Opens every library.
  init(_ registry: PluginRegistry) {
    _ = registry.loadAll()
    rows = registry.entries.map { entry in
      guard case .loaded(let manifest) = entry.state else { return Row(entry: entry, pages: []) }
      return Row(entry: entry, pages: PluginPage.pages(of: manifest))
    }
  }

  // MARK: - For people

  /// A table of what is there, kind by kind, and below it what was refused.
  func text(_ settings: TerminalSettings) -> String {
    var text = table.rows.isEmpty ? "" : table.rendered(settings)
    let faults = rows.compactMap(\.entry.fault)
    guard !faults.isEmpty else { return text }
    let width = min(settings.width ?? 100, 200) - 2
    text += text.isEmpty ? "" : "\n"
    text += TextStyle.bold.applied(to: "refused", settings) + "\n"
    for fault in faults {
      text += TextWrap.lines(fault.problem.description, width: width).map { "  \($0)\n" }
        .joined()
    }
    return text
  }

  private var table: TextTable {
    var table = TextTable([
      .init("kind"), .init("name"), .init("plugin"), .init("what it does"),
    ])
    for kind in PluginPage.Kind.allCases {
      for row in rows {
        guard case .loaded(let manifest) = row.entry.state else { continue }
        for page in row.pages where page.kind == kind {
          table.append([
            .text(kind.rawValue), .text(page.name), .text(manifest.release), .text(page.summary),
          ])
        }
      }
    }
    return table
  }

  // MARK: - For programs

  var json: JSON { .array(rows.map { Self.json($0) }) }

  private static func json(_ row: Row) -> JSON {
    var object: JSON = ["path": .string(row.entry.file.path), "file": .string(row.entry.file.stem)]
    switch row.entry.state {
    case .loaded(let manifest):
      object["status"] = "loaded"
      object["name"] = .string(manifest.name)
      object["version"] = .string(manifest.version)
      object["summary"] = .string(manifest.summary)
      object["api"] = .int(Int64(PluginStamp.own.api))
      object["toolchain"] = .string(PluginStamp.own.toolchain)
      object["registers"] = .array(
        row.pages.map { page in
          [
            "kind": .string(page.kind.rawValue), "name": .string(page.name),
            "summary": .string(page.summary), "options": .int(Int64(page.options.count)),
          ]
        })
    case .refused(let fault):
      object["status"] = "refused"
      object["reason"] = .string(fault.problem.description)
      object["fix"] = fault.fix.map { .string($0) }
    case .untouched:
      object["status"] = "found"
    }
    return object
  }
}

extension PluginRegistry.Entry {
  /// Why it was refused; nil when it was not.
  var fault: PluginFault? {
    if case .refused(let fault) = state { fault } else { nil }
  }
}
