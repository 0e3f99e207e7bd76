internal import Formats
internal import Glibc
internal import Kernels

/// A folder that appears whole or not at all: files go to `PATH.tmp-PID`, which is renamed once.
package struct StagingFolder {
  package let path: String
  package let target: String

  /// - Throws: `Problem` (73) when `target` is a file or holds files already.
  package init(for target: String) throws {
    self.target = target.count > 1 && target.hasSuffix("/") ? String(target.dropLast()) : target
    path = "\(self.target).tmp-\(getpid())"
    if fileExists(self.target) {
      guard isDirectory(self.target), directoryNames(self.target).isEmpty else {
        throw Problem(
          .cannotWrite, at: self.target, "exists already and is not empty",
          expected: "a new or empty folder", hint: "remove it or choose another name")
      }
    }
    discard()
    try makeDirectories(path)
  }

  /// Gives the folder its name.
  package func commit() throws {
    guard rename(path, target) == 0 else {
      let message = String(cString: strerror(errno))
      discard()
      throw Problem(.cannotWrite, at: target, "the folder cannot be put in place: \(message)")
    }
    synchroniseParent()
  }

  /// Brings the new name itself to the disk. The files are there already; a folder that cannot be
  /// opened for this (some network file systems) only loses the promise against power cuts.
  private func synchroniseParent() {
    let parent = target.lastIndex(of: "/").map { String(target[...$0]) } ?? "."
    let descriptor = open(parent, O_RDONLY | O_DIRECTORY)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  /// Removes what was written.
  package func discard() {
    for name in directoryNames(path) { unlink("\(path)/\(name)") }
    rmdir(path)
  }
}
