import Foundation
import PluginAPI
import Processes

/// The `crucible` that the build made, in an environment that has no plugins and no cache of the
/// user's.
struct CommandLine {
  /// `CRUCIBLE_PLUGIN_PATH`.
  var plugins: String?
  let home: String

  init(plugins: String? = nil) throws {
    self.plugins = plugins
    home = try temporaryFolder()
  }

  func run(_ arguments: [String], deadlineSeconds: Double = 120) throws -> ProcessResult {
    var environment = ProcessInfo.processInfo.environment
    environment["XDG_DATA_HOME"] = "\(home)/data"
    environment["XDG_CACHE_HOME"] = "\(home)/cache"
    environment["CRUCIBLE_PLUGIN_PATH"] = plugins ?? ""
    environment["NO_COLOR"] = "1"
    environment["COLUMNS"] = nil
    return try ProcessCommand(
      ["\(productsFolder)/crucible"] + arguments, environment: environment
    ).run(deadlineSeconds: deadlineSeconds, outputLimit: 64 << 20)
  }

  /// The one JSON value that a command prints; its stdout must hold nothing else.
  func json(_ arguments: [String]) throws -> (value: JSON, exit: ProcessExit) {
    let result = try run(arguments)
    return (try JSON.parse(result.output, source: "stdout"), result.exit)
  }
}
