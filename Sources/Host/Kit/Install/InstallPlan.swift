import ArgumentParser
import Foundation
import PluginAPI

/// Everything that `crucible install` puts below a prefix.
///
/// The executable lies beside its libraries, where `$ORIGIN` finds them, and `bin/crucible` is a
/// relative link to it: the tree runs from wherever it is, and can be moved.
struct InstallPlan {
  let files: [InstallFile]

  static let library = "lib/crucible"
  static let manifest = "lib/crucible/install.json"
}

extension InstallPlan {
  /// All that lies at `tree`. Throws `Problem` (66) when the program or its core is missing.
  init(of tree: ProgramTree) throws {
    let plugins = SearchFolder(path: tree.plugins, holdsOtherLibraries: tree.plugins == tree.folder)
      .candidates()
    self.init(
      files: try Self.program(tree, plugins) + Self.modules(tree) + Self.examples(tree)
        + Self.pages())
  }

  // MARK: - Program

  private static func program(
    _ tree: ProgramTree, _ plugins: [String]
  ) throws -> [InstallFile] {
    let executable = "\(tree.folder)/crucible"
    for path in [executable, tree.core] where !fileExists(path) {
      throw Problem(
        .missingInput, at: path, "is missing, so there is nothing to install",
        hint: "swift build -c release")
    }
    let known = Set(["libCrucibleCore.so"] + plugins.map(name))
    let runtime = RuntimeLibraries.needed(by: [executable, tree.core] + plugins, but: known)
    // Libraries first: a program that is started meanwhile finds what it needs.
    return runtime.map { InstallFile("\(library)/\(name($0))", .copy($0), isProgram: true) }
      + [
        InstallFile(
          "\(library)/libCrucibleCore.so", .copy(tree.core, searchPath: "$ORIGIN"), isProgram: true)
      ]
      + plugins.map {
        InstallFile(
          "\(library)/plugins/\(name($0))", .copy($0, searchPath: "$ORIGIN/.."), isProgram: true)
      }
      + [
        InstallFile(
          "\(library)/crucible", .copy(executable, searchPath: "$ORIGIN"), isProgram: true),
        InstallFile("bin/crucible", .link(to: "../lib/crucible/crucible")),
      ] + licences(runtime)
  }

  /// The toolchain's licence goes with its libraries.
  private static func licences(_ runtime: [String]) -> [InstallFile] {
    let candidates = runtime.prefix(1).flatMap { library in
      // TOOLCHAIN/usr/lib/swift/linux, or an installed tree.
      ["../../../share/swift/LICENSE.txt", "../../share/doc/crucible/LICENSE-swift.txt"].map {
        ("\(FilePath.parent(of: library))/\($0)" as NSString).standardizingPath
      }
    }
    return candidates.filter(fileExists).prefix(1).map {
      InstallFile("share/doc/crucible/LICENSE-swift.txt", .copy($0))
    }
  }

  // MARK: - For plugin authors

  private static func modules(_ tree: ProgramTree) throws -> [InstallFile] {
    guard let modules = tree.modules else { return [] }
    let files = CoreModules.names.flatMap { ["\($0).swiftmodule", "\($0).swiftdoc"] }
      .filter { fileExists("\(modules)/\($0)") }
    return files.map { InstallFile("\(library)/modules/\($0)", .copy("\(modules)/\($0)")) }
  }

  private static let exampleFolders = [
    "quickstart", "quickstart/data", "quickstart/models", "merging/models", "rewards",
  ]

  private static func examples(_ tree: ProgramTree) -> [InstallFile] {
    guard let examples = tree.examples else { return [] }
    var paths: [String] = []
    for folder in exampleFolders {
      let names = LocalFiles.names(in: "\(examples)/\(folder)").map { "\(folder)/\($0)" }
      paths += names
      // Models are folders.
      for name in names where name.contains("/models/") {
        paths += LocalFiles.names(in: "\(examples)/\(name)").map { "\(name)/\($0)" }
      }
    }
    return paths.filter { isKept($0, in: examples) }.map {
      InstallFile("share/crucible/examples/\($0)", .copy("\(examples)/\($0)"))
    }
  }

  /// Recipes, models and data; not what runs of them have left.
  private static func isKept(_ path: String, in examples: String) -> Bool {
    !LocalFiles.isDirectory("\(examples)/\(path)")
      && !path.split(separator: "/").contains { $0.hasPrefix(".") }
  }

  // MARK: - Pages

  private static func pages() throws -> [InstallFile] {
    [
      InstallFile(
        "share/bash-completion/completions/crucible",
        .text(Crucible.completionScript(for: .bash))),
      InstallFile(
        "share/zsh/site-functions/_crucible", .text(Crucible.completionScript(for: .zsh))),
      InstallFile(
        "share/fish/vendor_completions.d/crucible.fish",
        .text(Crucible.completionScript(for: .fish))),
      InstallFile(
        "share/man/man1/crucible.1",
        .text(try ManualPage(dump: Crucible._dumpHelp()).text)),
    ]
  }

  private static func name(_ path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }
}
