import Foundation
import PluginAPI

/// Makes a library out of a plugin's folder, sees in a child process that it loads, and puts it in
/// place.
struct PluginBuilder {
  let compiler: SwiftCompiler
  var tree = ProgramTree.own

  struct Built {
    let path: String
    /// Everything it registers.
    let pages: [JSON]
    let seconds: Double
  }

  /// Builds into `folder`, which is made. What was there before stays until the new library is whole
  /// and has been opened; a process that uses the old one goes on with it.
  ///
  /// - Throws: `Problem` (78) when it does not compile or does not load; the compiler's words are
  ///   printed before.
  func build(_ sources: PluginSources, into folder: String) throws -> Built {
    let start = monotonicSeconds()
    try LocalFiles().makeDirectories(folder)
    // Beside its place, so that a rename can put it there.
    let work = FilePath.join(folder, ".building-\(sources.module)-\(getpid())")
    try LocalFiles().makeDirectories(work)
    defer { try? LocalFiles().remove(work) }
    let fresh = FilePath.join(work, "lib\(sources.module).so")
    let (succeeded, words) = try compiler.compile(sources, for: tree, to: fresh, work: work)
    if !words.isEmpty { Failure.printError(Self.trimmed(words)) }
    guard succeeded else { throw failure(words, sources) }
    try checkEntry(fresh, sources)
    let probed = try pages(of: fresh)
    let path = FilePath.join(folder, "lib\(sources.module).so")
    try LocalFiles().rename(fresh, to: path)
    // A child has been through it: its first use need not be preceded by another.
    if probed != nil { ProbeVerdicts.standard().record(nil, of: PluginFile(path: path)) }
    return Built(path: path, pages: probed ?? [], seconds: monotonicSeconds() - start)
  }

  private static func trimmed(_ words: String) -> String {
    var words = words[...]
    while words.last?.isNewline == true { words.removeLast() }
    return String(words)
  }

  private func failure(_ words: String, _ sources: PluginSources) -> Problem {
    let count = words.split(whereSeparator: \.isNewline).count { $0.contains(": error: ") }
    let hints = CompilerHints.hints(for: words, of: sources)
    return Problem(
      .badConfiguration, at: sources.folder,
      "does not compile" + (count > 0 ? ": \(count) error\(count == 1 ? "" : "s")" : ""),
      hint: hints.isEmpty ? nil : hints.joined(separator: "; "))
  }

  private func checkEntry(_ library: String, _ sources: PluginSources) throws {
    let entry = PluginFile(path: library).entrySymbol
    guard try !ELFFile(path: library).defines(entry) else { return }
    throw Problem(
      .badConfiguration, at: sources.folder, "its entry function \(entry) is not exported",
      expected: "public func entry() -> UnsafeRawPointer, outside of types and #if")
  }

  /// What the library registers; nil where no child can be asked. Throws why it does not load.
  private func pages(of library: String) throws -> [JSON]? {
    guard let probe = PluginProbe.standard() else { return nil }
    let report = try probe.examine(library, making: true)
    if let fault = report.fault { throw fault.problem }
    return report.pages
  }
}
