import Foundation
import PluginAPI

/// Keeps libraries that crash or hang when they are opened out of this process: the first time one
/// is seen, and whenever it has changed, a child opens it before. Costs a start of the program,
/// once; what came with the executable is trusted.
struct PluginGuard {
  let probe: PluginProbe
  let verdicts: ProbeVerdicts
  /// Libraries in this folder are opened without a probe.
  let trustedFolder: String?

  static func standard() -> PluginGuard? {
    PluginProbe.standard().map {
      PluginGuard(probe: $0, verdicts: .standard(), trustedFolder: ProgramTree.own.plugins)
    }
  }

  /// Throws when the library, opened in a child, brought it down. `file` has passed `inspect`.
  ///
  /// Where no child can be started nothing is known, and nothing is thrown.
  func check(_ file: PluginFile) throws(PluginFault) {
    guard !isTrusted(file) else { return }
    switch verdicts.verdict(of: file) {
    case .survived: return
    case .refused(let fault): throw fault
    case nil: break
    }
    guard let report = try? probe.examine(file.path, making: false) else { return }
    let fault = report.isSurvivable ? nil : report.fault.map(Self.whereFound)
    if report.isLasting { verdicts.record(fault, of: file) }
    // Of a child that never came to open it nothing follows.
    if let fault, report.step != .start { throw fault }
  }

  private func isTrusted(_ file: PluginFile) -> Bool {
    guard let trustedFolder else { return false }
    let folder = URL(fileURLWithPath: file.path).resolvingSymlinksInPath()
      .deletingLastPathComponent().path
    return folder == URL(fileURLWithPath: trustedFolder).resolvingSymlinksInPath().path
  }

  /// Says that a child met the fault, and how to have it looked at again.
  private static func whereFound(_ fault: PluginFault) -> PluginFault {
    var problem = fault.problem
    problem.what += " (tried in a child process)"
    let path = problem.place ?? ""
    let again = "see 'crucible plugin doctor \(shellQuoted(path))'"
    problem.hint = [problem.hint, again].compactMap(\.self).joined(separator: "; ")
    return PluginFault(problem, fix: fault.fix)
  }
}
