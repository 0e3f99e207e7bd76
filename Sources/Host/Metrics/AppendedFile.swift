import Glibc
import Kernels

/// A file that grows at its end, and now and then is replaced by a shorter one. Not thread-safe.
final class AppendedFile {
  let path: String
  private let files: any FileLayer
  private var descriptor: Int32

  /// Opens or creates the file at `path`.
  init(path: String, files: any FileLayer) throws(Problem) {
    self.path = path
    self.files = files
    descriptor = try files.open(path, .appending)
  }

  deinit { close(descriptor) }

  /// Adds `bytes` with one write, so that a reader sees them at once.
  func append(_ bytes: [UInt8]) throws(Problem) {
    try files.write(bytes, to: descriptor, path: path)
  }

  /// Puts `bytes` in place of the whole content: the old content or the new one is there, whatever
  /// happens meanwhile.
  func replace(_ bytes: [UInt8]) throws(Problem) {
    try files.writeAtomically(bytes, to: path)
    // The descriptor still means the old file, which has no name any more.
    let renewed = try files.open(path, .appending)
    close(descriptor)
    descriptor = renewed
  }

  /// The whole content.
  func content() throws(Problem) -> [UInt8] { try LocalFiles.read(path) ?? [] }

  /// Returns once everything appended is on the disk.
  func synchronize() throws(Problem) { try files.synchronize(descriptor, path: path) }
}
