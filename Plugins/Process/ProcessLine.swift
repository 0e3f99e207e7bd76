import Foundation
import PluginAPI
import Processes

/// `command`: a program with its arguments, and the folder of the recipe that names it.
struct ProcessLine: OptionValue {
  var arguments: [String] = []
  /// Where it starts, and where relative paths among the arguments are looked for.
  var folder = "."
  /// Place in the recipe, for messages.
  var place: String?

  static let typeText = "a list: the program and its arguments"
  static let schema: JSON = [
    "anyOf": [["type": "string"], ["type": "array", "items": ["type": "string"], "minItems": 1]]
  ]
  var optionText: String { arguments.optionText }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> ProcessLine {
    let folder = context.folder.isEmpty ? "." : context.folder
    if let program = node.string {
      guard !program.isEmpty, !program.contains(where: \.isWhitespace) else {
        let words = program.split(whereSeparator: \.isWhitespace).joined(separator: ", ")
        throw Problem(
          .badConfiguration, at: node.place, "found \(node.found)", expected: typeText,
          hint: words.isEmpty ? nil : "write [\(words)]; there is no shell in between")
      }
      return ProcessLine(arguments: [program], folder: folder, place: node.place)
    }
    guard let nodes = node.sequence, !nodes.isEmpty else { throw mismatch(node) }
    // A plain number or `true` among the arguments is what was written.
    let arguments = try nodes.map { node in
      guard let text = node.scalar?.text else { throw mismatch(node) }
      return text
    }
    guard arguments[0] != "" else { throw mismatch(nodes[0]) }
    return ProcessLine(arguments: arguments, folder: folder, place: node.place)
  }

  /// The line with its program made a path where it is a file of the folder.
  func starting(in other: String?) -> ProcessLine {
    var line = self
    line.folder = other ?? folder
    if let program = arguments.first, !program.contains("/"),
      let path = line.path(of: program), fileExists(path), !isDirectory(path)
    {
      line.arguments[0] = "./\(program)"
    }
    return line
  }

  /// The script where an interpreter runs one, else the program.
  var name: String {
    let script = arguments.dropFirst().first { path(of: $0).map(fileExists) ?? false }
    return script ?? arguments.first ?? ""
  }

  /// Those arguments, the program's among them, that are files found from the folder.
  var files: [String] {
    arguments.enumerated().compactMap { index, argument in
      // A bare program name is looked up in PATH, not here.
      guard index > 0 || argument.contains("/"), let path = path(of: argument),
        fileExists(path), !isDirectory(path)
      else { return nil }
      return path
    }
  }

  private func path(of argument: String) -> String? {
    if argument.isEmpty || argument.hasPrefix("-") { return nil }
    return OptionContext(folder: folder).resolve(argument)
  }

  // MARK: - Faults

  /// Throws `Problem` (66, 78), at the command's place, when it cannot be started.
  func check(_ command: ProcessCommand) throws {
    guard !arguments.isEmpty else {
      throw OptionError("command", "not set", "must be a list such as [python3, my_reward.py]")
    }
    guard isDirectory(folder) else {
      throw OptionError("folder", folder, "must be a folder that exists")
    }
    do throws(Problem) {
      try command.check()
    } catch {
      throw placed(error)
    }
    try checkScript()
  }

  /// `python3 missing.py` would start, and end, as often as there are restarts.
  private func checkScript() throws(Problem) {
    guard arguments.count > 1, let path = path(of: arguments[1]), !fileExists(path),
      Self.scripts.contains(where: { arguments[1].hasSuffix($0) })
    else { return }
    throw placed(
      Problem(
        .missingInput, at: path, "there is no such file", hint: "paths start from \(folder)"))
  }

  private static let scripts = [".py", ".sh", ".js", ".rb", ".pl", ".lua", ".jl", ".R", ".php"]

  private func placed(_ problem: Problem) -> Problem {
    var problem = problem
    if let found = problem.place { problem.what = "\(found): \(problem.what)" }
    problem.what = "'command': \(problem.what)"
    problem.place = place
    if let hint = problem.hint, hint.hasPrefix("chmod"), arguments[0].hasSuffix(".py") {
      problem.hint = "\(hint), or write [python3, \(arguments[0])]"
    }
    return problem
  }
}

/// `environment`: variables by name.
struct ProcessVariables: OptionValue {
  var values: [(name: String, value: String)] = []

  static let typeText = "a mapping of names to texts"
  static let schema: JSON = ["type": "object", "additionalProperties": ["type": "string"]]
  var optionText: String {
    "{" + values.map { "\($0.name): \($0.value)" }.joined(separator: ", ") + "}"
  }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> ProcessVariables {
    guard let entries = node.mapping else { throw mismatch(node) }
    return ProcessVariables(
      values: try entries.map { entry in
        guard let text = entry.value.scalar?.text else { throw mismatch(entry.value) }
        guard !entry.key.isEmpty, !entry.key.contains("="), !entry.key.contains("\0"),
          !text.contains("\0")
        else {
          throw Problem(
            .badConfiguration, at: entry.keyMark.description,
            "\(quoted(entry.key)) is no name of a variable")
        }
        return (entry.key, text)
      })
  }

  /// This process's environment with these on top. Python is told not to hold its answers back.
  var merged: [String: String] {
    var all = ProcessInfo.processInfo.environment
    if all["PYTHONUNBUFFERED"] == nil { all["PYTHONUNBUFFERED"] = "1" }
    for (name, value) in values { all[name] = value }
    return all
  }
}
