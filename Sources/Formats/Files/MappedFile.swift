internal import CKernels
internal import Glibc
public import Kernels

/// A file mapped for reading, whole. Pages are read from disk when they are touched.
///
/// Replacing the file by rename does not disturb a mapping. Cutting it short does: `recheck`
/// throws before a read where it can, and a fault in between ends the process with code 74 and
/// the name of the file instead of a signal.
public final class MappedFile: Sendable {
  public let path: String
  public let byteCount: Int
  // Invariant: mapped read-only from init to deinit, so any thread may read.
  private nonisolated(unsafe) let base: UnsafeRawPointer?
  private let descriptor: Int32
  private let guardSlot: Int32

  /// - Throws: `Problem` when the file is missing (66), is no regular file or a Git LFS pointer
  ///   (65), or cannot be mapped (74).
  public init(path: String) throws(Problem) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw readProblem("open the file", path) }
    self.path = path
    self.descriptor = descriptor
    do throws(Problem) {
      byteCount = try regularSize(descriptor, path)
      base = try mapped(descriptor, byteCount, path)
    } catch {
      close(descriptor)
      throw error
    }
    if let base {
      guardSlot = ck_mapguard_add(base, byteCount, path)
    } else {
      guardSlot = -1
    }
    if let missing = gitLFSPointer(bytes) { throw pointerProblem(path, missing) }
  }

  deinit {
    ck_mapguard_remove(guardSlot)
    if let base { munmap(UnsafeMutableRawPointer(mutating: base), byteCount) }
    close(descriptor)
  }

  /// Calls `body` with all bytes, which are valid inside it.
  public func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withExtendedLifetime(self) { () throws(Failure) in try body(bytes) }
  }

  /// All bytes, valid while this object lives: for owners that keep it in a property. A local
  /// variable does not keep it alive past its last use; `withBytes` does.
  package var bytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base, count: byteCount)
  }

  /// The same bytes as a storage that keeps this object alive.
  public func storage() -> Storage { Storage(viewing: bytes, owner: self) }

  /// Throws (74) when the file no longer has the size it had when it was opened.
  public func recheck() throws(Problem) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw readProblem("look at the file", path) }
    guard Int(status.st_size) == byteCount else {
      throw Problem(
        .inputOutput, at: path,
        "the file had \(byteCount) bytes when it was opened, now it has \(status.st_size)",
        hint: "another program writes to it; run again when that is done")
    }
  }
}

extension MappedFile {
  /// Size and time of the last change, as they are now: two equal stamps of one file mean that
  /// nobody wrote to it in between.
  public func stamp() throws(Problem) -> String {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw readProblem("look at the file", path) }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }
}

/// Bytes of the regular file behind `descriptor`.
func regularSize(_ descriptor: Int32, _ path: String) throws(Problem) -> Int {
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw readProblem("look at the file", path) }
  switch status.st_mode & S_IFMT {
  case S_IFREG: return Int(status.st_size)
  case S_IFDIR: throw Problem(.badData, at: path, "is a directory", expected: "a file")
  default: throw Problem(.badData, at: path, "is no regular file", expected: "a file")
  }
}

private func mapped(
  _ descriptor: Int32, _ byteCount: Int, _ path: String
) throws(Problem) -> UnsafeRawPointer? {
  if byteCount == 0 { return nil }
  let address = mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
  guard let address, address != MAP_FAILED else { throw readProblem("map the file", path) }
  return UnsafeRawPointer(address)
}
