import ArgumentParser
import PluginAPI

/// `crucible plugin build`
struct PluginBuildCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "build",
    abstract: "Compile a plugin's folder and put its library where recipes find it.",
    discussion: """
      Compiles all Swift files of the folder (of its Sources, where it has one) against the core of \
      this program, opens the library in a child process, and only then puts it in place of an older \
      one. The compiler must be the version that built this program.
      """)

  @Argument(help: "Folder of the plugin.") var folder: String
  @Option(help: "Folder for the library [where this user's plugins are looked for].")
  var out: String?
  @Option(help: "The Swift compiler [swiftc in PATH].") var swiftc: String?
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let sources = try PluginSources(path: folder)
    let place = try place(for: sources)
    let built = try PluginBuilder(compiler: SwiftCompiler(swiftc)).build(sources, into: place)
    if json { return print(built.json.serialized(pretty: true)) }
    print("built \(built.path) in \(HumanFormat.fixed(built.seconds, 1)) s")
    for page in built.pages {
      print(
        "  \(page["kind"]?.string ?? "") \(page["name"]?.string ?? ""): "
          + "\(page["summary"]?.string ?? "")")
    }
    guard let out else { return }
    let folders = PluginRegistry.searchFolders().map(\.path)
    if !folders.contains(out) {
      print("not where plugins are looked for; name it in a recipe (path: \(built.path)) or with")
      print("  CRUCIBLE_PLUGIN_PATH=\(shellQuoted(out))")
    }
  }

  /// The user's plugin folder, unless a plugin that counts before it has the same name.
  private func place(for sources: PluginSources) throws -> String {
    if let out { return out }
    guard let user = PluginRegistry.searchFolders().last?.path, user.hasPrefix("/") else {
      throw Problem(
        .cannotWrite, "there is no folder for this user's plugins: HOME is not set",
        hint: "name one with --out")
    }
    let hiding = PluginRegistry().entries.first {
      $0.file.stem == sources.module && FilePath.parent(of: $0.file.path) != user
    }
    if let hiding {
      throw Problem(
        .cannotWrite, at: hiding.file.path,
        "a plugin of this name comes before the one in \(user)",
        hint: "give the entry function of \(sources.folder) another name, or build with --out")
    }
    return user
  }
}

extension PluginBuilder.Built {
  var json: JSON {
    ["path": .string(path), "seconds": .number(seconds), "registers": .array(pages)]
  }
}
