import Foundation
import PluginAPI

/// The libraries of the Swift toolchain that a program needs: those that its own search path leads to,
/// as what is found elsewhere is the system's.
enum RuntimeLibraries {
  /// Paths, sorted, of everything that `files` need directly or through others.
  static func needed(by files: [String], but known: Set<String>) -> [String] {
    var found: [String: String] = [:]
    var open = files
    while let file = open.popLast() {
      guard let elf = try? ELFFile(path: file) else { continue }
      for name in elf.needed where found[name] == nil && !known.contains(name) {
        guard let path = path(of: name, neededBy: elf) else { continue }
        found[name] = path
        open.append(path)
      }
    }
    return found.sorted { $0.key < $1.key }.map(\.value)
  }

  private static func path(of name: String, neededBy file: ELFFile) -> String? {
    let folders = (file.searchPath?.text ?? "").split(separator: ":").map {
      $0.replacing("$ORIGIN", with: FilePath.parent(of: file.path))
    }
    return folders.filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first(where: fileExists)
  }
}
