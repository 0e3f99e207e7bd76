import Foundation
import PluginAPI
import Processes

/// Opens libraries in a child process, so that one that crashes on load, traps in its entry, hangs
/// or eats memory is reported, not suffered.
struct PluginProbe: Sendable {
  /// This program, as a child starts it.
  let executable: String
  /// How long a library may take.
  var deadlineSeconds = 10.0

  private static let memoryBytes = 8 << 30
  private static let outputLimit = 16 << 20

  init(executable: String, deadlineSeconds: Double = 10) {
    self.executable = executable
    self.deadlineSeconds = deadlineSeconds
  }

  /// This program itself; the one beside it where this process is another, as a test runner is.
  /// Nil where there is none.
  static func standard() -> PluginProbe? {
    let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let name = ((own ?? "") as NSString).lastPathComponent
    // Also right when the file was replaced or removed since this process started.
    if name.hasPrefix("crucible") { return PluginProbe(executable: "/proc/self/exe") }
    let beside = "\(executableFolder)/crucible"
    return access(beside, X_OK) == 0 ? PluginProbe(executable: beside) : nil
  }

  /// Opens the library in a child. Throws `Problem` only when no child can be started.
  ///
  /// - Parameter making: Whether everything registered is also made, with default options.
  func examine(_ path: String, making: Bool) throws(Problem) -> ProbeReport {
    var variables = ProcessInfo.processInfo.environment
    // A stack trace is no report, and threads of a library that computes nothing cost memory.
    variables["SWIFT_BACKTRACE"] = "enable=no"
    variables["OPENBLAS_NUM_THREADS"] = "1"
    let command = ProcessCommand(
      [executable, "plugin", "probe"] + (making ? ["--make"] : []) + ["--", path],
      environment: variables,
      limits: ProcessLimits(
        memoryBytes: Self.memoryBytes, cpuSeconds: Int(deadlineSeconds.rounded(.up)) + 1))
    let result = try command.run(
      deadlineSeconds: deadlineSeconds, outputLimit: Self.outputLimit)
    return report(of: result, path: path)
  }

  private func report(of result: ProcessResult, path: String) -> ProbeReport {
    var report = ProbeReport(path: path)
    for line in result.output.split(separator: UInt8(ascii: "\n")) {
      if let json = try? JSON.parse(Array(line), source: "probe") { report.add(json) }
    }
    if result.timedOut {
      report.end = .hung(seconds: deadlineSeconds)
    } else if result.outputWasCut {
      report.end = .flooded
    } else if result.exit != .code(0) || report.step != .done {
      let words = result.error.split(whereSeparator: \.isNewline).last {
        !$0.allSatisfy(\.isWhitespace)
      }
      report.end = .died(result.exit, said: words.map(String.init))
    }
    return report
  }
}
