import ArgumentParser
import Foundation
import PluginAPI

/// `crucible plugin test`
struct PluginTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test",
    abstract: "Build a plugin and ask it what its tests.jsonl says.",
    discussion: """
      Rows, each with what must come of it:
        {"prompt": "…", "response": "…", "score": 0.5}      or "at_least", "at_most"; null: no score
        {"prompt": "…", "model": "text.txt", "answer": "…"} or "contains": what an adapter's model says
        {"recipe": "recipe.yaml", "set": {"data.limit": 9}} runs; with "fails": "…" it must not
      A row may set "options" of the plugin. Other fields of a row are those of a prompt. Exit code 0 when \
      all rows are right, 1 otherwise. The library is built beside and not installed.
      """)

  @Argument(help: "Folder of the plugin, or a library (.so) with its tests beside it.")
  var plugin: String
  @Option(help: "JSON Lines file of tests [tests.jsonl of the folder].") var tests: String?
  @Option(help: "The Swift compiler [swiftc in PATH].") var swiftc: String?
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let isLibrary = plugin.hasSuffix(".so") && !LocalFiles.isDirectory(plugin)
    let folder = isLibrary ? FilePath.parent(of: plugin) : plugin
    let cases = try PluginCase.read(path: tests ?? FilePath.join(folder, "tests.jsonl"))
    if isLibrary { return try report(cases, library: plugin, folder: folder) }
    let sources = try PluginSources(path: plugin)
    let work = NSTemporaryDirectory() + "crucible-build-\(getpid())-\(UUID().uuidString)"
    defer { try? LocalFiles().remove(work) }
    let built = try PluginBuilder(compiler: SwiftCompiler(swiftc)).build(sources, into: work)
    try report(cases, library: built.path, folder: folder)
  }

  private func report(_ cases: [PluginCase], library: String, folder: String) throws {
    let start = monotonicSeconds()
    let faults = try CaseRunner(library: library, folder: folder).faults(of: cases)
    let failed = faults.count { $0 != nil }
    if json {
      let rows = zip(cases, faults).map { one, fault -> JSON in
        ["place": .string(one.place), "fault": fault.map { .string($0) } ?? .null]
      }
      print(JSON.array(rows).serialized(pretty: true))
    } else {
      for (one, fault) in zip(cases, faults) {
        if let fault { print("\(one.place): \(fault)") }
      }
      let seconds = HumanFormat.fixed(monotonicSeconds() - start, 1)
      print(
        failed == 0
          ? "\(cases.count) of \(cases.count) tests passed in \(seconds) s"
          : "\(failed) of \(cases.count) tests failed")
    }
    if failed > 0 { throw ExitCode(1) }
  }
}
