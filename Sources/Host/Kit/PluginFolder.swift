import Foundation
import PluginAPI

/// Writes the folder of a new plugin.
struct PluginFolder {
  let path: String
  let template: PluginTemplate

  /// Writes all files or none. Nothing that exists is touched.
  ///
  /// - Throws: `Problem` (73).
  func write() throws {
    guard !LocalFiles.exists(path) else {
      throw Problem(
        .cannotWrite, at: path, "is there already",
        hint: "choose another name, or another place with --in")
    }
    let parent = FilePath.parent(of: path)
    guard LocalFiles.isDirectory(parent) else {
      throw Problem(.cannotWrite, at: parent, "there is no such folder", hint: "make it first")
    }
    let fresh = "\(path).tmp-\(getpid())"
    defer { try? LocalFiles().remove(fresh) }
    for file in template.files {
      let place = FilePath.join(fresh, file.path)
      try LocalFiles().makeDirectories(FilePath.parent(of: place))
      try LocalFiles().writeAtomically(file.text, to: place)
    }
    try LocalFiles().rename(fresh, to: path)
  }
}

/// Names that a new plugin cannot have because another one has them.
struct TakenNames {
  let registry: PluginRegistry

  /// Throws `Problem` (73) when a library of this name comes before the user's own folder, where the
  /// new one will be: it would never be found.
  func check(_ name: PluginName) throws {
    let wanted = name.module.lowercased()
    let user = PluginRegistry.searchFolders().last?.path
    let first = registry.entries.first {
      $0.file.stem.lowercased() == wanted && FilePath.parent(of: $0.file.path) != user
    }
    guard let first else { return }
    throw Problem(
      .cannotWrite, at: first.file.path, "there is a plugin \(quoted(name.text)) already",
      hint: "did you mean \(quoted("my-" + name.text))?")
  }
}
