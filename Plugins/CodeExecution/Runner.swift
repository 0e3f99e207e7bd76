import Foundation
import PluginAPI
import Processes

/// How programs are run: a command with a place for the file.
struct Runner: CustomStringConvertible {
  /// With `{file}` in one of them.
  let arguments: [String]
  let fileExtension: String
  /// Names of fences that hold such programs; empty: any.
  let fenceNames: [String]
  /// Whether assertions can be run, by the harness.
  let isPython: Bool
  /// What the interpreter reads beside the system's files.
  let readable: [String]
  private let version: String

  var description: String { "\(arguments) .\(fileExtension) \(version)" }

  /// Throws `Problem` when the command has no place for the file (78), or is missing (66).
  init(_ options: CodeExecutionReward.Options) throws {
    let program = options.command?.first?.split(separator: "/").last ?? "python"
    let isOther =
      options.command != nil
      && (options.extension.map { $0 != "py" } ?? !program.hasPrefix("python"))
    let language = options.language ?? (isOther ? nil : .python)
    guard let command = options.command ?? language?.command, !command.isEmpty,
      command.dropFirst().contains(where: { $0.contains("{file}") })
    else {
      throw Problem(
        .badConfiguration, "'command': no argument holds the program's file",
        expected: "[node, \"{file}\"]")
    }
    fileExtension = options.extension ?? language?.fileExtension ?? "txt"
    fenceNames = language?.fenceNames ?? options.extension.map { [$0] } ?? []
    isPython = language == .python
    guard isPython else {
      let found = try ProcessCommand(command, environment: Sandbox.searchEnvironment).program()
      // Programs start in a folder of their own.
      let program = URL(fileURLWithPath: found).path
      (arguments, readable, version) = ([program] + command.dropFirst(), [], "")
      return
    }
    let python = try PythonInstallation(command[0])
    arguments = [python.program] + command.dropFirst()
    readable = python.folders
    version = python.version
  }

  /// The command for a program in `file`.
  func command(file: String) -> [String] {
    arguments.map { $0.replacingOccurrences(of: "{file}", with: file) }
  }

  /// The command that runs `source` instead of a file, for Python.
  func command(source: String) -> [String] {
    let place = arguments.firstIndex { $0.contains("{file}") } ?? arguments.endIndex
    return arguments[..<place] + ["-c", source]
  }
}

/// The interpreter behind a name, which may be a launcher that needs processes (pyenv's), and what it
/// reads.
struct PythonInstallation {
  let program: String
  let version: String
  let folders: [String]

  private static let question = """
    import sys
    print(sys.executable, sys.version.split()[0], sys.prefix, sys.base_prefix, *sys.path, sep="\\n")
    """

  /// Asks it, unconfined: it is the user's own program. Throws `Problem` when there is none.
  init(_ name: String) throws {
    let command = ProcessCommand(
      [name, "-c", Self.question], environment: Sandbox.searchEnvironment)
    let result = try command.run(deadlineSeconds: 60)
    let lines = result.outputText.split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    guard result.succeeded, lines.count > 4, !lines[0].isEmpty else {
      throw Problem(
        .badConfiguration, at: name, "is no Python that runs: \(result.exit)",
        expected: "Python 3.6 or newer", hint: result.error.isEmpty ? nil : excerpt(result.error))
    }
    (program, version) = (lines[0], lines[1])
    folders = lines[2...].filter { $0.hasPrefix("/") && $0.count > 1 }
  }
}
