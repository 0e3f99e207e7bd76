import ArgumentParser
import Foundation
import PluginAPI

/// `crucible install`
struct InstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Copy this program with everything it needs below a folder.",
    discussion: """
      PREFIX/bin/crucible, PREFIX/lib/crucible (executable, core, plugins, the Swift runtime, modules for \
      plugin authors), PREFIX/share (completions, manual page, examples). The tree can be moved. \
      Installing again replaces what was installed before.
      """)

  @Option(help: "Folder to install below, /usr/local for one.") var prefix: String
  @Flag(help: "Remove what was installed there.") var uninstall = false
  @OptionGroup var verbosity: Verbosity

  func validate() throws {
    if prefix.isEmpty { throw ValidationError("--prefix is empty") }
  }

  func run() throws {
    let console = verbosity.makeConsole()
    let path = URL(fileURLWithPath: prefix).standardizedFileURL.path
    let installer = Installer(prefix: path == "/" ? "" : path)
    if uninstall {
      console.message("removed \(try installer.uninstall()) files from \(path)")
      return
    }
    guard path != FilePath.parent(of: FilePath.parent(of: ProgramTree.own.folder)) else {
      throw Problem(
        .usage, at: path, "this program is installed here already",
        hint: "name another --prefix, or run the program of a build folder")
    }
    let summary = try installer.install(InstallPlan(of: .own))
    let megabytes = HumanFormat.fixed(Double(summary.bytes) / 1e6, 0)
    console.message("installed \(summary.files) files, \(megabytes) MB, below \(path)")
    if summary.removed > 0 {
      console.message("removed \(summary.removed) files of the version before")
    }
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    if !folders.contains(where: { $0 == "\(path)/bin" }) {
      console.message("  export PATH=\(shellQuoted("\(path)/bin")):$PATH")
    }
  }
}
