import PluginAPI

/// The manual page, made of what the commands say of themselves.
struct ManualPage {
  /// In the man macros of roff.
  private(set) var text = ""

  /// - Parameter dump: What `--experimental-dump-help` prints.
  init(dump: String) throws {
    let json = try JSON.parse(Array(dump.utf8), source: "the commands' help")
    guard let root = json["command"] else {
      throw Problem(.failed, "the commands' help holds no command")
    }
    let name = root["commandName"]?.string ?? "crucible"
    line(".TH \(Self.escaped(name).uppercased()) 1")
    line(".SH NAME")
    line("\(Self.escaped(name)) \\- \(Self.escaped(root["abstract"]?.string ?? ""))")
    line(".SH SYNOPSIS")
    line(".B \(Self.escaped(name))")
    line("\\fICOMMAND\\fR [\\fIOPTIONS\\fR]")
    line(".SH COMMANDS")
    for command in Self.shown(root["subcommands"]) { section(command, above: name) }
    line(".SH EXIT STATUS")
    for (code, meaning) in Self.exitCodes {
      line(".TP")
      line(".B \(code)")
      line(meaning)
    }
  }

  private static let exitCodes = [
    (0, "done"), (1, "the work failed"), (64, "wrong usage"), (65, "a bad model or data file"),
    (66, "a missing input"), (69, "something that is needed is not available"),
    (73, "an output cannot be written"), (74, "reading or writing failed"),
    (75, "interrupted; can be resumed"), (78, "a bad recipe or plugin"),
  ]

  private mutating func section(_ command: JSON, above: String) {
    let name = "\(above) \(command["commandName"]?.string ?? "")"
    let children = Self.shown(command["subcommands"]).filter { $0["commandName"]?.string != "help" }
    let arguments = Self.shown(command["arguments"]).filter {
      !["help", "version"].contains($0["valueName"]?.string)
    }
    if children.isEmpty || !arguments.isEmpty {
      line(".SS \(Self.escaped(name))")
      paragraph(command["abstract"]?.string)
      paragraph(command["discussion"]?.string)
      for argument in arguments { item(argument) }
    }
    for child in children { section(child, above: name) }
  }

  private mutating func item(_ argument: JSON) {
    let value = (argument["valueName"]?.string ?? "value").uppercased()
    let isOption = argument["kind"]?.string == "option"
    let names = (argument["names"]?.array ?? []).compactMap { name -> String? in
      guard let text = name["name"]?.string else { return nil }
      return "\\fB\(Self.escaped(name["kind"]?.string == "long" ? "--\(text)" : "-\(text)"))\\fR"
    }
    let head = names.isEmpty ? "\\fI\(Self.escaped(value))\\fR" : names.joined(separator: ", ")
    line(".TP")
    line(isOption ? "\(head) \\fI\(Self.escaped(value))\\fR" : head)
    var words = argument["abstract"]?.string ?? ""
    if let text = argument["defaultValue"]?.string, !text.isEmpty {
      words += " (default: \(text))"
    }
    line(Self.escaped(words))
  }

  private mutating func paragraph(_ words: String?) {
    guard let words, !words.isEmpty else { return }
    for part in words.split(separator: "\n\n") {
      line(".PP")
      // Lines that are indented are meant as they stand.
      let isExample = part.split(separator: "\n").contains { $0.hasPrefix("  ") }
      if isExample { line(".nf") }
      for row in part.split(separator: "\n") { line(Self.escaped(String(row))) }
      if isExample { line(".fi") }
    }
  }

  private mutating func line(_ words: String) { text += words + "\n" }

  private static func shown(_ list: JSON?) -> [JSON] {
    (list?.array ?? []).filter { $0["shouldDisplay"]?.bool != false }
  }

  /// Text that roff takes for text: a backslash, a minus, and a line that begins with a dot or a quote
  /// mean something else.
  static func escaped(_ text: String) -> String {
    let text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
      .replacing("\n", with: " ")
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }
}
