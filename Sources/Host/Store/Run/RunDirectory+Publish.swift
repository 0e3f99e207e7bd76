import Glibc
import Kernels

extension RunDirectory {
  /// Makes a folder of several files (a checkpoint, a model) appear at once.
  ///
  /// `body` fills a folder beside the final place. When it returns, a manifest of its files is added,
  /// all of it is brought to the disk and the folder gets its name. So a folder under its final name
  /// is whole, and one left by a killed process is removed by the next `resume`. What an earlier
  /// attempt put at `name` is replaced.
  ///
  /// - Parameter name: Path inside the run folder: `checkpoints/sft`, `outputs/wrpo`.
  func publish(
    _ name: String, _ body: (_ folder: String) throws -> Void
  ) throws {
    let place = file(name)
    let staging = place + ".tmp-\(getpid())"
    try files.makeDirectories(FilePath.parent(of: place))
    try files.remove(staging)
    do {
      try files.makeDirectories(staging)
      try body(staging)
      let manifest = try FolderManifest(of: staging).json.serialized(pretty: true) + "\n"
      try files.writeAtomically(manifest, to: FilePath.join(staging, FolderManifest.fileName))
      try synchronizeAll(in: staging)
      try replace(place, by: staging)
    } catch {
      try? files.remove(staging)
      throw error
    }
    try files.synchronizeDirectory(FilePath.parent(of: place))
  }

  /// Checks that the published folder `name` is as it was written. Cost: reads every byte.
  func verify(_ name: String) throws(Problem) { try FolderManifest.verify(file(name)) }

  /// A folder cannot be renamed over one that holds files. The old one is moved away first, so that
  /// it goes only once the new one is there.
  private func replace(_ place: String, by staging: String) throws(Problem) {
    guard LocalFiles.exists(place) else { return try files.rename(staging, to: place) }
    let old = place + ".tmp-old"
    try files.remove(old)
    try files.rename(place, to: old)
    do throws(Problem) {
      try files.rename(staging, to: place)
    } catch {
      try? files.rename(old, to: place)
      throw error
    }
    try? files.remove(old)
  }

  private func synchronizeAll(in folder: String) throws(Problem) {
    for name in LocalFiles.names(in: folder) {
      let path = FilePath.join(folder, name)
      if LocalFiles.isDirectory(path) {
        try synchronizeAll(in: path)
        continue
      }
      let descriptor = try files.open(path, .appending)
      defer { close(descriptor) }
      try files.synchronize(descriptor, path: path)
    }
    try files.synchronizeDirectory(folder)
  }

  /// Throws input/output when the disk has less than `bytes` left for `purpose`: better before the
  /// work than after it.
  func requireSpace(_ bytes: Int64, for purpose: String) throws(Problem) {
    var status = statvfs()
    guard statvfs(path, &status) == 0 else { return }
    let free = Int64(
      clamping: UInt64(status.f_bavail).multipliedFullWidth(by: UInt64(status.f_frsize)).low)
    guard free < bytes else { return }
    throw Problem(
      .inputOutput, at: path,
      "\(purpose) needs \(HumanFormat.bytes(bytes)), the disk has \(HumanFormat.bytes(free)) left",
      hint: "free some space, or choose another place with --out")
  }
}
