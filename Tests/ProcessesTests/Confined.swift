import Foundation
import Kernels

@testable import Processes

/// A folder to confine children to, gone with this object.
final class Scratch {
  let path: String

  init() throws {
    let made = FileManager.default.temporaryDirectory
      .appendingPathComponent("crucible-confined-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: made, withIntermediateDirectories: true)
    path = made.resolvingSymlinksInPath().path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, and gives its path.
  @discardableResult func file(_ name: String, _ text: String = "") throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(path)/\(name)"))
    return "\(path)/\(name)"
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: "\(path)/\(name)") }
}

/// The machine's python3 behind whatever launcher is in PATH, which may need processes.
struct Python: Sendable {
  let program: String
  let prefix: String

  static let found: Python? = {
    let ask = "import sys; print(sys.executable); print(sys.base_prefix)"
    guard
      let result = try? ProcessCommand(["python3", "-c", ask]).run(deadlineSeconds: 30),
      result.succeeded
    else { return nil }
    let lines = result.outputText.split(separator: "\n").map(String.init)
    return lines.count == 2 ? Python(program: lines[0], prefix: lines[1]) : nil
  }()

  /// Whether this machine has what the tests of confinement need.
  static let canBeConfined = found != nil && (try? Confinement.all.check()) != nil
  static let canBeFiltered =
    found != nil && (try? Confinement([.network, .processes, .files]).check(landlock: 0)) != nil

  /// A confined program: `code` with `attempt(what)`, which prints "refused" (EPERM, EACCES),
  /// "allowed", or another error's name.
  func command(
    _ code: String, in scratch: Scratch, confinement: Confinement = .all,
    limits: ProcessLimits = ProcessLimits()
  ) -> ProcessCommand {
    let prelude = """
      import ctypes, fcntl, os, resource, signal, socket, subprocess, sys, threading, time
      def attempt(what):
          try: what()
          except PermissionError: print("refused", flush=True)
          except BaseException as error: print(type(error).__name__, error, flush=True)
          else: print("allowed", flush=True)
      def call(number, *arguments):
          libc = ctypes.CDLL(None, use_errno=True)
          if libc.syscall(number, *arguments) < 0:
              number = ctypes.get_errno()
              raise OSError(number, os.strerror(number))

      """
    return ProcessCommand(
      [program, "-B", "-c", prelude + code], folder: scratch.path,
      environment: ["PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0"], limits: limits,
      confinement: confinement, readable: [prefix])
  }

  /// What `code` printed, line by line.
  func lines(
    _ code: String, in scratch: Scratch, confinement: Confinement = .all, landlock: Int32? = nil
  ) throws -> [String] {
    var command = command(code, in: scratch, confinement: confinement)
    command.landlock = landlock
    let result = try command.run(deadlineSeconds: 60)
    let lines = result.outputText.split(separator: "\n").map(String.init)
    return result.succeeded ? lines : lines + ["\(result.exit): \(result.error)"]
  }
}
