import Foundation
import PluginAPI
import Testing

@testable import Host

/// What `plugin list` and `plugin info` say of the plugins that the build made.
struct PluginListingTests {
  private let registry = PluginRegistry(
    folders: [SearchFolder(path: productsFolder, holdsOtherLibraries: true)], guardian: nil)
  private let plain = TerminalSettings(isInteractive: false, hasColor: false, width: 100)

  private func pages() -> [(loaded: (file: PluginFile, manifest: PluginManifest), page: PluginPage)]
  {
    registry.loaded.flatMap { loaded in
      PluginPage.pages(of: loaded.manifest).flatMap {
        PluginPage.pages(of: loaded.manifest, named: $0.name)
      }.map { (loaded, $0) }
    }
  }

  @Test func tableNamesEveryPluginByKind() {
    let text = PluginListing(registry).text(plain)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.hasPrefix("reward") && $0.contains("  verifiable  ") })
    #expect(lines.contains { $0.hasPrefix("merge method") && $0.contains("  ties  ") })
    let kinds = lines.dropFirst(2).map { $0.prefix(12).trimmingCharacters(in: .whitespaces) }
    let order = PluginPage.Kind.allCases.map(\.rawValue)
    let ranks = kinds.compactMap { order.firstIndex(of: $0) }
    #expect(ranks == ranks.sorted() && ranks.count == kinds.count)
    #expect(lines.allSatisfy { DisplayWidth.columns($0) <= 100 })
  }

  @Test func jsonIsComplete() throws {
    let entries = try #require(PluginListing(registry).json.array)
    let entry = try #require(entries.first { $0["name"]?.string == "Verifiable" })
    for key in ["path", "file", "version", "summary", "toolchain"] {
      #expect(entry[key]?.string != nil, "\(key)")
    }
    #expect(entry["status"]?.string == "loaded")
    #expect(entry["api"]?.int == Int(PluginHeader.api))
    let registered = try #require(entry["registers"]?.array?.first)
    #expect(registered["kind"]?.string == "reward" && registered["options"]?.int != nil)
  }

  @Test func pagesNameEveryOptionAndFitTheirWidth() {
    for (loaded, page) in pages() {
      let lines = page.lines(of: loaded.manifest, path: loaded.file.path, plain)
      let text = lines.joined(separator: "\n")
      #expect(text.contains(loaded.file.path))
      for option in page.options where option.key.count <= 26 {
        #expect(text.contains(option.key), "\(page.name): \(option.key)")
      }
      let recipe = lines.firstIndex(of: "in a recipe") ?? 0
      let described = lines[..<recipe].filter { !$0.hasPrefix("  /") }
      #expect(described.allSatisfy { DisplayWidth.columns($0) <= 100 }, "\(page.name)")
    }
  }

  /// What `plugin info` shows as an example is read by the plugin's own options.
  @Test func snippetsAreRecipes() throws {
    for (loaded, page) in pages() {
      let text = page.snippet.joined(separator: "\n") + "\n"
      let (tree, faults) = YAML.read(text, source: page.name)
      #expect(faults.isEmpty, "\(text)")
      let node = try #require(tree)
      let entry = node["fusion"] ?? (node["rewards"] ?? node["sources"])?.sequence?.first
      let problems = Self.problems(of: try #require(entry), page, loaded.manifest)
      #expect(problems.isEmpty, "\(text)\(problems)")
    }
  }

  private static func problems(
    of node: YAMLNode, _ page: PluginPage, _ manifest: PluginManifest
  ) -> [Problem] {
    func read<P: Plugin>(_ type: P.Type) -> [Problem] {
      var problems: [Problem] = []
      _ = OptionReader.read(
        P.Options.self, from: node, reserved: ["plugin", "strategy", "adapter", "model"],
        into: &problems, OptionContext(folder: "."))
      // A model that an option names cannot be opened here.
      return problems.filter { !$0.what.contains("cannot be named here") }
    }
    switch page.kind {
    case .adapter: return manifest.adapters.first { $0.name == page.name }.map { read($0) } ?? []
    case .reward: return manifest.rewards.first { $0.name == page.name }.map { read($0) } ?? []
    case .strategy, .mergeMethod:
      return manifest.fusions.first { $0.name == page.name }.map { read($0) } ?? []
    }
  }

  @Test func neededOptionsAreFound() throws {
    let found = try #require(pages().first { $0.page.name == "classifier" })
    #expect(found.page.required == ["model"])
    #expect(found.page.snippet.contains("    model: ./MODEL"))
  }

  @Test func refusedLibrariesComeLastWithTheirReason() throws {
    let folder = try temporaryFolder()
    try Data("broken".utf8).write(to: URL(fileURLWithPath: "\(folder)/libBroken.so"))
    let registry = PluginRegistry(
      folders: [SearchFolder(path: folder, holdsOtherLibraries: false)], guardian: nil)
    let listing = PluginListing(registry)
    #expect(listing.text(plain).hasPrefix("refused\n  \(folder)/libBroken.so: "))
    let entry = try #require(listing.json.array?.first)
    #expect(entry["status"]?.string == "refused")
    #expect(entry["reason"]?.string?.contains("is not an ELF shared library") == true)
  }
}
