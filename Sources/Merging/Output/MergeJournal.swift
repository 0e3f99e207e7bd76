internal import Glibc

/// What a merge has finished: a line for the work itself, then one for each tensor. An interrupted
/// merge goes on after the last of them.
///
/// Locked while it is open, so that two merges never write to one folder.
final class MergeJournal {
  static let name = ".merge-journal"

  private let path: String
  private let descriptor: Int32
  /// The folder itself is what is locked: it stays the same when the journal is removed.
  private let lock: Int32
  /// Names of tensors that an earlier run finished.
  let finished: [String]

  /// - Parameters:
  ///   - fingerprint: Everything the output depends on. A journal of other work is started over.
  ///   - resuming: Keeps what a journal of the same work has.
  /// - Throws: `Problem` (73) when another merge holds the folder or it cannot be written.
  init(folder: String, fingerprint: String, resuming: Bool) throws {
    path = "\(folder)/\(Self.name)"
    lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0 else { throw Self.problem("lock", folder) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      close(lock)
      throw Problem(
        .cannotWrite, at: folder, "another merge is writing there",
        hint: "wait for it, or choose another output")
    }
    let text: String
    do {
      text = resuming && fileExists(path) ? try readText(path) : ""
    } catch {
      close(lock)
      throw error
    }
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      let problem = Self.problem("open", path)
      close(lock)
      throw problem
    }
    // A torn last line names a tensor that is not finished.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map(String.init)
    let isSame = lines.first == fingerprint
    finished = isSame ? Array(lines.dropFirst()) : []
    let kept = isSame ? lines.reduce(0) { $0 + $1.utf8.count + 1 } : 0
    guard ftruncate(descriptor, off_t(kept)) == 0, lseek(descriptor, 0, SEEK_END) >= 0 else {
      throw Self.problem("write", path)
    }
    guard !isSame else { return }
    do {
      try append([fingerprint])
    } catch {
      // A full disk: nothing is left behind, unless there was something before.
      unlink(path)
      rmdir(folder)
      throw error
    }
  }

  deinit {
    close(descriptor)
    close(lock)
  }

  /// Adds `lines` and makes them durable.
  func append(_ lines: [String]) throws {
    let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
    var done = 0
    while done < bytes.count {
      let written = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw Self.problem("write", path)
      }
      done += written
    }
    guard fdatasync(descriptor) == 0 else { throw Self.problem("save", path) }
  }

  private static func problem(_ doing: String, _ path: String) -> Problem {
    Problem(
      .cannotWrite, at: path, "cannot \(doing) the journal: \(String(cString: strerror(errno)))",
      hint: "is the disk full, or the folder not yours?")
  }
}
