import Foundation
import PluginAPI

/// The folder of a plugin that is to be built: its Swift files and the module they make.
struct PluginSources {
  let folder: String
  /// Swift files, sorted; as the user would write their paths.
  let files: [String]
  /// Names the library and the entry symbol.
  let module: String
  /// Whether no file imports PluginAPI.
  let importsNothing: Bool

  /// - Parameter path: The plugin's folder. Swift files are taken from its `Sources`, with all folders
  ///   in it, where it has one; else from the folder itself.
  /// - Throws: `Problem` (66, 78) where there is nothing to build or no entry function.
  init(path: String) throws(Problem) {
    guard LocalFiles.isDirectory(path) else { throw Self.missing(path) }
    folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    let sources = FilePath.join(folder, "Sources")
    files =
      LocalFiles.isDirectory(sources)
      ? Self.swiftFiles(below: sources)
      : Self.swiftFiles(in: LocalFiles.names(in: folder), of: folder)
    guard !files.isEmpty else {
      throw Problem(
        .missingInput, at: folder, "holds no Swift file, nor does a folder Sources in it",
        hint: "crucible plugin new reward NAME writes a folder to start from")
    }
    var texts: [String] = []
    for file in files {
      let bytes = try LocalFiles.read(file, limit: 16 << 20) ?? []
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    importsNothing = !texts.contains { $0.contains(#/import\s+PluginAPI\b/#) }
    module = try Self.module(of: texts, folder: folder)
  }

  /// The module is named by the entry function, so that both cannot differ.
  private static func module(of texts: [String], folder: String) throws(Problem) -> String {
    let entry = #/@(?:c|_cdecl)\s*\(\s*"?crucible_plugin_([A-Za-z_][A-Za-z0-9_]*)"?\s*\)/#
    var found: [String] = []
    for match in texts.flatMap({ $0.matches(of: entry) }) where !found.contains(String(match.1)) {
      found.append(String(match.1))
    }
    if found.count == 1, let name = found.first { return name }
    let name = example(folder)
    guard found.isEmpty else {
      throw Problem(
        .badConfiguration, at: folder,
        "has \(found.count) entry functions: \(found.joined(separator: ", "))",
        expected: "one a library", hint: "one manifest(…) can register several plugins")
    }
    throw Problem(
      .badConfiguration, at: folder, "has no entry function",
      expected: """
        @c(crucible_plugin_\(name))
          public func entry() -> UnsafeRawPointer {
            manifest("\(name)", version: "1.0.0", rewards: [\(name)Reward.self])
          }
        """)
  }

  /// What a plugin of this folder would be called.
  private static func example(_ folder: String) -> String {
    let last = folder.split(separator: "/").last.map(String.init) ?? ""
    return (try? PluginName(last).module) ?? "MyPlugin"
  }

  private static func swiftFiles(below folder: String) -> [String] {
    let names = LocalFiles.names(in: folder)
    return swiftFiles(in: names, of: folder)
      + names.filter { !$0.hasPrefix(".") }.map { FilePath.join(folder, $0) }
      .filter(LocalFiles.isDirectory).flatMap(swiftFiles(below:))
  }

  private static func swiftFiles(in names: [String], of folder: String) -> [String] {
    names.filter { $0.hasSuffix(".swift") && $0 != "Package.swift" && !$0.hasPrefix(".") }
      .map { folder == "." ? $0 : FilePath.join(folder, $0) }
      .filter { !LocalFiles.isDirectory($0) }
  }

  private static func missing(_ path: String) -> Problem {
    let parent = FilePath.parent(of: path)
    let beside = LocalFiles.names(in: parent.isEmpty ? "." : parent).filter {
      LocalFiles.isDirectory(FilePath.join(parent, $0)) && !$0.hasPrefix(".")
    }
    let last = path.split(separator: "/").last.map(String.init) ?? path
    let near = closest(to: last, among: beside).map { "did you mean \(quoted($0))?" }
    return Problem(
      .missingInput, at: path, "there is no such folder",
      hint: near ?? "crucible plugin new reward NAME writes one")
  }
}
