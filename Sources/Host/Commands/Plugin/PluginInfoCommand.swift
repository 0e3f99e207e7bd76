import ArgumentParser
import PluginAPI

/// `crucible plugin info`
struct PluginInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info",
    abstract: "The options of an adapter, a reward, a strategy or a merge method.",
    discussion: "A name that several kinds or plugins have gives a page for each.")

  @Argument(help: "Name as recipes write it.") var name: String
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let registry = PluginRegistry()
    let found = registry.loaded.flatMap { loaded in
      PluginPage.pages(of: loaded.manifest, named: name).map { (loaded, $0) }
    }
    guard !found.isEmpty else { throw unknown(registry) }
    if json {
      let pages = found.map { loaded, page in
        var object = page.json
        object["plugin"] = .string(loaded.manifest.name)
        object["version"] = .string(loaded.manifest.version)
        object["path"] = .string(loaded.file.path)
        object["recipe"] = .string(page.snippet.joined(separator: "\n") + "\n")
        return object
      }
      return print(JSON.array(pages).serialized(pretty: true))
    }
    let texts = found.map { loaded, page in
      page.lines(of: loaded.manifest, path: loaded.file.path, .standardOutput)
        .joined(separator: "\n")
    }
    print(texts.joined(separator: "\n\n"))
  }

  private func unknown(_ registry: PluginRegistry) -> Problem {
    let known = registry.loaded.flatMap { PluginPage.pages(of: $0.manifest) }.map(\.name)
    let refused = registry.refusals.count
    let close = closest(to: name, among: known).map { "did you mean \(quoted($0))?" }
    return Problem(
      .badConfiguration, "no plugin registers \(quoted(name))",
      expected: known.isEmpty ? nil : "one of \(known.joined(separator: ", "))",
      hint: close
        ?? (refused == 0
          ? "see 'crucible plugin list'"
          : "\(refused) do not load: see 'crucible plugin doctor'"))
  }
}
