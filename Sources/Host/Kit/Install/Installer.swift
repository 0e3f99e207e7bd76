import Foundation
import PluginAPI

/// Puts a plan's files below a prefix, and takes them away again.
struct Installer {
  let prefix: String

  struct Summary {
    let files: Int
    let bytes: Int
    /// Of an older installation, removed.
    let removed: Int
  }

  /// Writes everything into a staging folder, then moves file after file to its place: a full disk or
  /// a missing right leaves what was there. Files of an older installation that this one does not have
  /// are removed last.
  func install(_ plan: InstallPlan) throws -> Summary {
    let staging = "\(prefix)/lib/.crucible-install-\(getpid())"
    return try naming(prefix) {
      let old = installed()
      defer { try? LocalFiles().remove(staging) }
      var bytes = 0
      for file in plan.files {
        let place = "\(staging)/\(file.path)"
        try LocalFiles().makeDirectories(FilePath.parent(of: place))
        bytes += try file.write(to: place)
      }
      try LocalFiles().writeAtomically(list(plan), to: "\(staging)/\(InstallPlan.manifest)")
      let paths = plan.files.map(\.path) + [InstallPlan.manifest]
      for path in paths { try checkPlace(path) }
      for path in paths {
        let place = "\(prefix)/\(path)"
        try LocalFiles().makeDirectories(FilePath.parent(of: place))
        try LocalFiles().rename("\(staging)/\(path)", to: place)
      }
      let kept = Set(paths)
      let gone = old.filter { !kept.contains($0) }
      try remove(gone)
      return Summary(files: paths.count, bytes: bytes, removed: gone.count)
    }
  }

  /// Removes what the installation's list names, and folders that are empty then.
  /// - Returns: How many files.
  func uninstall() throws -> Int {
    let files = installed()
    guard !files.isEmpty else {
      throw Problem(
        .missingInput, at: "\(prefix)/\(InstallPlan.manifest)",
        "there is no installation here that can be removed")
    }
    return try naming(prefix) {
      try remove(files + [InstallPlan.manifest])
      return files.count + 1
    }
  }

  /// A folder where a file belongs is somebody else's.
  private func checkPlace(_ path: String) throws {
    let place = "\(prefix)/\(path)"
    if LocalFiles.exists(place), LocalFiles.isDirectory(place) {
      throw Problem(.cannotWrite, at: place, "a folder is where a file is to be installed")
    }
  }

  private func remove(_ paths: [String]) throws {
    var folders: Set<String> = []
    for path in paths {
      try LocalFiles().remove("\(prefix)/\(path)")
      var folder = FilePath.parent(of: path)
      while folder != ".", folder != "/" {
        folders.insert(folder)
        folder = FilePath.parent(of: folder)
      }
    }
    // The deepest first; rmdir leaves those that hold something.
    for folder in folders.sorted(by: { ($0.utf8.count, $0) > ($1.utf8.count, $1) }) {
      rmdir("\(prefix)/\(folder)")
    }
  }

  // MARK: - The list

  private func list(_ plan: InstallPlan) -> String {
    let list: JSON = [
      "format": 1, "version": .string(Crucible.configuration.version),
      "api": .int(Int64(PluginHeader.api)), "toolchain": .string("\(PluginHeader.toolchain)"),
      "files": .array(plan.files.map { .string($0.path) }),
    ]
    return list.serialized(pretty: true) + "\n"
  }

  /// Files of the installation that is there; none that would lie outside of the prefix.
  private func installed() -> [String] {
    let path = "\(prefix)/\(InstallPlan.manifest)"
    guard fileExists(path), let list = try? JSON.parse(file: path), list["format"]?.int == 1 else {
      return []
    }
    return (list["files"]?.array ?? []).compactMap(\.string).filter { path in
      !path.isEmpty && !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
        && !LocalFiles.isRealDirectory("\(prefix)/\(path)")
    }
  }

  /// Advice that fits this command.
  private func naming<Value>(_ prefix: String, _ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch var problem as Problem {
      if problem.kind == .cannotWrite,
        problem.hint == nil || problem.hint?.contains("--out") == true
      {
        problem.hint =
          "choose another --prefix, or run as somebody who may write to \(quoted(prefix))"
      } else if problem.kind == .inputOutput {
        problem.hint = "free some space and install again; what was installed before is still there"
      }
      throw problem
    }
  }
}

extension LocalFiles {
  /// A folder, and no link to one.
  static func isRealDirectory(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }
}
