import Foundation
import PluginAPI
import Processes

/// What programs get: a folder of their own, an environment that says nothing, limits and layers.
struct Sandbox: CustomStringConvertible {
  private let limits: ProcessLimits
  private let confinement: Confinement
  private let readable: [String]
  private let seconds: Double
  private let outputLimit: Int

  init(_ options: CodeExecutionReward.Options, readable: [String]) {
    seconds = options.timeSeconds
    outputLimit = options.outputKb << 10
    let processes = options.processes > 1 ? options.processes : nil
    limits = ProcessLimits(
      memoryBytes: options.memoryMb == 0 ? nil : options.memoryMb << 20,
      // For what sleeps through the deadline's signal there is none; for what spins there is this too.
      cpuSeconds: Int(options.timeSeconds.rounded(.up)) + 1,
      fileBytes: options.fileMb << 20, openFiles: 64, processes: processes)
    var layers = Confinement.all
    if options.readAll { layers.remove(.reading) }
    if processes != nil { layers.remove(.processes) }
    confinement = options.unconfined ? .none : layers
    self.readable = readable + options.readable.map(\.path)
  }

  var description: String {
    "\(limits) \(confinement.names) \(readable) \(seconds) \(outputLimit)"
  }

  /// Throws `Problem` (78) when this machine cannot confine programs as asked.
  /// - Parameter test: Throws when a confinement is not to be had.
  func check(
    by test: (Confinement) throws(Problem) -> Void = { (layers) throws(Problem) in
      try layers.check()
    }
  ) throws(Problem) {
    guard !confinement.isEmpty else { return }
    do {
      try test(confinement)
    } catch {
      var problem = error
      let reading =
        confinement.contains(.reading)
        ? "'read_all: true' does without the layer that needs Landlock; " : ""
      problem.hint =
        reading + "'unconfined: true' runs programs with all your rights"
        + (problem.hint.map { "; \($0)" } ?? "")
      throw problem
    }
  }

  /// Runs a command in a new folder that holds `file`, with `input` on its stdin.
  func run(
    _ arguments: [String], file: (name: String, text: String)? = nil, input: [UInt8] = []
  ) throws -> ProcessResult {
    let folder = try ScratchFolder()
    if let file { try folder.write(file.text, to: file.name) }
    let command = ProcessCommand(
      arguments, folder: folder.path, environment: Self.environment(home: folder.path),
      limits: limits, confinement: confinement, readable: readable)
    return try command.run(input: input, deadlineSeconds: seconds, outputLimit: outputLimit)
  }

  private static let path =
    ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"

  /// For finding interpreters.
  static let searchEnvironment = [
    "PATH": path, "HOME": NSHomeDirectory(), "PYTHONNOUSERSITE": "1",
  ]

  /// The same on every machine as far as programs can tell; no key of the user's is in it.
  private static func environment(home: String) -> [String: String] {
    [
      "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": home, "TMPDIR": home, "LANG": "C.UTF-8",
      "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0", "PYTHONNOUSERSITE": "1",
      "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    ]
  }
}

/// A new folder for one child, gone with this object.
final class ScratchFolder {
  let path: String

  /// Throws `Problem` (73) when it cannot be made.
  init() throws {
    let parent = FileManager.default.temporaryDirectory.path
    path = "\(parent)/crucible-code-\(UUID().uuidString)"
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Problem(.cannotWrite, at: path, "the folder cannot be made: \(error)")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    } catch {
      throw Problem(.cannotWrite, at: "\(path)/\(name)", "cannot be written: \(error)")
    }
  }
}
