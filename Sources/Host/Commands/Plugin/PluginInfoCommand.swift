import ArgumentParser
import PluginAPI

/// `crucible plugin info`
struct PluginInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "The options of an adapter, a reward or a strategy.")

  @Argument(help: "Name as recipes write it.") var name: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let registry = PluginRegistry()
    let pages = registry.loadAll().flatMap { PluginPage.pages(of: $0) }.filter { $0.name == name }
    guard !pages.isEmpty else {
      let known = registry.loadAll().flatMap { PluginPage.pages(of: $0) }.map(\.name)
      let hint = closest(to: name, among: known).map { "did you mean \(quoted($0))?" }
      throw Problem(
        .badConfiguration, "no plugin registers \(quoted(name))",
        expected: known.isEmpty ? nil : "one of \(known.joined(separator: ", "))",
        hint: hint ?? "see 'crucible plugin list'")
    }
    if json { return print(JSON.array(pages.map(\.json)).serialized(pretty: true)) }
    for page in pages { page.printPage() }
  }
}
