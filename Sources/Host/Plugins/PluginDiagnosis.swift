import PluginAPI

/// What the doctor found of one file.
struct PluginDiagnosis {
  enum Status: String {
    case loads
    case refused
    /// It brought down the child that opened it.
    case crashes
    case hangs
    /// Something else, that does no harm.
    case noPlugin = "no plugin"
  }

  let path: String
  var status: Status
  /// What is wrong with it; nil when it loads or is something else.
  var fault: PluginFault?
  /// What the child said; nil when none was started.
  var report: ProbeReport?
  var other: OtherFile?
  var notes: [String] = []

  init(path: String, fault: PluginFault) {
    self.path = path
    self.fault = fault
    status = .refused
  }

  init(path: String, other: OtherFile) {
    self.path = path
    self.other = other
    status = .noPlugin
  }

  init(_ report: ProbeReport) {
    path = report.path
    self.report = report
    fault = report.fault
    switch report.end {
    case _ where fault == nil: status = .loads
    case .died where report.refusal == nil: status = .crashes
    case .hung where report.refusal == nil: status = .hangs
    default: status = .refused
    }
  }

  var isFaulty: Bool { fault != nil }

  struct Registered: Hashable {
    let kind: String
    let name: String
  }

  /// What it registers, with the number of options.
  var registered: [(what: Registered, summary: String, options: Int)] {
    (report?.pages ?? []).map { page in
      (
        Registered(kind: page["kind"]?.string ?? "", name: page["name"]?.string ?? ""),
        page["summary"]?.string ?? "", page["options"]?.array?.count ?? 0
      )
    }
  }

  // MARK: - For programs

  var json: JSON {
    var object: JSON = ["path": .string(path), "status": .string(status.rawValue)]
    object["name"] = report?.name.map { .string($0) }
    object["version"] = report?.version.map { .string($0) }
    object["summary"] = report?.summary.map { .string($0) }
    object["api"] = report?.stamp.map { .int(Int64($0.api)) }
    object["toolchain"] = report?.stamp.map { .string($0.toolchain) }
    object["registers"] = .array(
      registered.map {
        [
          "kind": .string($0.what.kind), "name": .string($0.what.name),
          "summary": .string($0.summary), "options": .int(Int64($0.options)),
        ]
      })
    object["reason"] = (fault?.reason ?? other?.what).map { .string($0) }
    object["fix"] = fault?.fix.map { .string($0) }
    object["recipe"] = other.map { .string($0.recipe) }
    object["notes"] = .array(notes.map { .string($0) })
    return object
  }

  // MARK: - For people

  /// The path, and below it what was found, each line with a word for what it says.
  func lines(_ settings: TerminalSettings) -> [String] {
    var rows: [(String, String)] = [(shownStatus, headline)]
    rows += registered.map { what, _, options in
      (what.kind, "\(what.name), \(options) option\(options == 1 ? "" : "s")")
    }
    if isFaulty, let stamp = report?.stamp { rows.append(("built", Self.shown(stamp))) }
    if let fix = fault?.fix { rows.append(("fix", fix)) }
    if let recipe = other?.recipe { rows.append(("recipe", recipe)) }
    rows += notes.map { ("note", $0) }
    let width = max(40, min(settings.width ?? 100, 200)) - 16
    return [TextStyle.bold.applied(to: DisplayWidth.printable(path), settings)]
      + rows.flatMap { label, text in
        // Commands are copied: they stay on one line.
        let isCode = ["fix", "recipe"].contains(label)
        let lines =
          isCode ? [DisplayWidth.printable(text)] : TextWrap.lines(text, width: width)
        return lines.enumerated().map { index, line in
          "  " + colored(DisplayWidth.padded(index == 0 ? label : "", to: 12), settings) + "  "
            + line
        }
      }
  }

  private func colored(_ label: String, _ settings: TerminalSettings) -> String {
    guard label.hasPrefix(shownStatus) else { return label }
    switch status {
    case .loads: return TextStyle.green.applied(to: label, settings)
    case .noPlugin: return TextStyle.dim.applied(to: label, settings)
    case .refused, .crashes, .hangs: return TextStyle.red.applied(to: label, settings)
    }
  }

  private var shownStatus: String { isFaulty ? status.rawValue.uppercased() : status.rawValue }

  private var headline: String {
    if let fault { return fault.reason }
    if let other { return other.what }
    let release = [report?.name, report?.version].compactMap(\.self).joined(separator: " ")
    return "\(release): \(report?.stamp.map(Self.shown) ?? "")"
  }

  private static func shown(_ stamp: PluginStamp) -> String {
    "API \(stamp.api), \(stamp.toolchain)"
  }
}

extension PluginFault {
  /// What is wrong and what was expected, without the place and the command.
  var reason: String {
    var shown = problem
    shown.place = nil
    if let fix, let hint = shown.hint, hint.hasSuffix(fix) {
      let advice = hint.dropLast(fix.count)
      shown.hint = advice.hasSuffix(": ") ? String(advice.dropLast(2)) : nil
    }
    return shown.description
  }
}
