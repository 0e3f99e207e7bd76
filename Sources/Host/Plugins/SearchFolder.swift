import Foundation
import PluginAPI

/// A folder where plugins are looked for.
struct SearchFolder {
  let path: String
  /// The executable's own folder also holds libraries that are no plugins; there, only those
  /// that export an entry symbol count. Elsewhere every `lib*.so` should be a plugin.
  let holdsOtherLibraries: Bool

  /// Paths of the libraries to consider, sorted by name.
  func candidates() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.sorted()
      .filter { $0.hasPrefix("lib") && $0.hasSuffix(".so") && $0 != "libCrucibleCore.so" }
      .map { "\(path)/\($0)" }
      .filter { !holdsOtherLibraries || isPlugin($0) }
  }

  private func isPlugin(_ path: String) -> Bool {
    let file = PluginFile(path: path)
    return (try? ELFFile(path: path).defines(file.entrySymbol)) ?? false
  }
}

extension PluginRegistry {
  /// The plugins that came with the executable (its own folder, or `plugins` in it where it is
  /// installed), `CRUCIBLE_PLUGIN_PATH` (separated by colons), the user's folder.
  static func searchFolders(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> [SearchFolder] {
    var folders: [SearchFolder] = []
    if !executableFolder.isEmpty {
      let path = ProgramTree.own.plugins
      folders.append(SearchFolder(path: path, holdsOtherLibraries: path == executableFolder))
    }
    for path in (environment["CRUCIBLE_PLUGIN_PATH"] ?? "").split(separator: ":") {
      folders.append(SearchFolder(path: String(path), holdsOtherLibraries: false))
    }
    let data =
      environment["XDG_DATA_HOME"]
      ?? ((environment["HOME"] ?? "") as NSString)
      .appendingPathComponent(".local/share")
    folders.append(SearchFolder(path: data + "/crucible/plugins", holdsOtherLibraries: false))
    return folders
  }
}
