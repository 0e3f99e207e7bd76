import ArgumentParser
import PluginAPI

/// `crucible plugin list`
struct PluginListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Every plugin found, what it registers, and why one was refused.")

  @Flag(help: "Print JSON: an object a library.") var json = false

  func run() throws {
    let registry = PluginRegistry()
    let listing = PluginListing(registry)
    if json { return print(listing.json.serialized(pretty: true)) }
    print(listing.text(.standardOutput), terminator: "")
    if registry.entries.isEmpty {
      print("no plugins found; looked in:")
      for folder in PluginRegistry.searchFolders() { print("  \(folder.path)") }
    }
  }
}
