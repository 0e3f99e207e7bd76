import Formats
import Kernels

/// The list of what a published folder holds, written into it last: `manifest.json` with the size
/// and SHA-256 of every file. It tells a whole folder from one that lost or changed something.
struct FolderManifest: Equatable, Sendable {
  static let fileName = "manifest.json"

  struct File: Equatable, Sendable {
    /// Path inside the folder.
    var name: String
    var bytes: Int64
    var sha256: String
  }

  /// Sorted by name.
  private(set) var files: [File]

  /// Reads and hashes every file of `folder`, its own list left out.
  init(of folder: String) throws(Problem) {
    files = try Self.names(in: folder, prefix: "").map { (name) throws(Problem) in
      let path = FilePath.join(folder, name)
      return File(
        name: name, bytes: LocalFiles.byteCount(path), sha256: try SHA256.hex(ofFile: path))
    }
  }

  private static func names(in folder: String, prefix: String) -> [String] {
    LocalFiles.names(in: folder).flatMap { name in
      let path = FilePath.join(folder, name)
      if LocalFiles.isDirectory(path) { return names(in: path, prefix: prefix + name + "/") }
      return prefix.isEmpty && name == fileName ? [] : [prefix + name]
    }
  }
}

extension FolderManifest {
  var json: JSON {
    [
      "version": 1,
      "files": .array(
        files.map {
          ["name": .string($0.name), "bytes": .int($0.bytes), "sha256": .string($0.sha256)]
        }),
    ]
  }

  /// Compares `folder` with the list inside it. Cost: reads every byte.
  ///
  /// - Throws: missing input when there is no list, bad data when anything differs from it.
  static func verify(_ folder: String) throws(Problem) {
    let path = FilePath.join(folder, fileName)
    guard let bytes = try LocalFiles.read(path) else {
      throw Problem(
        .missingInput, at: folder, "the folder has no \(fileName): it is not whole",
        hint: "remove it and run again with --resume")
    }
    let listed = try JSON.parse(bytes, source: path)
    let found = try FolderManifest(of: folder)
    guard found.json != listed else { return }
    let differing = found.files.first { !Self.holds(listed, $0) }
    let what = differing.map { "\(quoted($0.name)) is not as it was written" } ?? "a file is gone"
    throw Problem(
      .badData, at: folder, what, hint: "remove the folder and run again with --resume")
  }

  private static func holds(_ list: JSON, _ file: File) -> Bool {
    (list["files"]?.array ?? []).contains {
      $0["name"]?.string == file.name && $0["sha256"]?.string == file.sha256
    }
  }
}
