import ArgumentParser
import PluginAPI

/// `crucible plugin list`
struct PluginListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Every plugin found, what it registers, and why one was refused.")

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let registry = PluginRegistry()
    _ = registry.loadAll()
    if json { return print(JSON.array(registry.entries.map(\.json)).serialized(pretty: true)) }
    for entry in registry.entries { entry.printLines() }
    if registry.entries.isEmpty {
      print("no plugins found; looked in:")
      for folder in PluginRegistry.searchFolders() { print("  \(folder.path)") }
    }
  }
}

extension PluginRegistry.Entry {
  fileprivate func printLines() {
    switch state {
    case .loaded(let manifest):
      print("\(manifest.name) \(manifest.version)  \(file.path)")
      for page in PluginPage.pages(of: manifest) {
        print("  \(page.kind) \(page.name): \(page.summary)")
      }
    case .refused(let problem):
      print("\(file.stem)  REFUSED\n  \(problem)")
    case .untouched:
      print("\(file.stem)  \(file.path)")
    }
  }

  fileprivate var json: JSON {
    var object: JSON = ["path": .string(file.path), "file": .string(file.stem)]
    switch state {
    case .loaded(let manifest):
      object["status"] = "loaded"
      object["name"] = .string(manifest.name)
      object["version"] = .string(manifest.version)
      object["registers"] = .array(
        PluginPage.pages(of: manifest).map {
          ["kind": .string($0.kind), "name": .string($0.name), "summary": .string($0.summary)]
        })
    case .refused(let problem):
      object["status"] = "refused"
      object["reason"] = .string(problem.description)
    case .untouched:
      object["status"] = "found"
    }
    return object
  }
}
