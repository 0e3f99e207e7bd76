internal import Glibc
public import Kernels

/// A file that appears whole or not at all: bytes go to `PATH.tmp-PID`, `commit` makes them
/// durable and renames. Without `commit` the temporary file is removed and `PATH` stays as it was.
public final class AtomicFile {
  public let path: String
  private let temporary: String
  private let calls: FileCalls
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private static let bufferBytes = 1 << 20
  /// Bytes written so far.
  public private(set) var byteCount = 0

  /// - Throws: `Problem` (73) when the folder is missing or may not be written.
  public convenience init(path: String) throws(Problem) {
    try refuseDevice(path)
    try self.init(path: path, calls: .system)
  }

  init(path: String, calls: FileCalls) throws(Problem) {
    self.path = path
    self.calls = calls
    temporary = "\(path).tmp-\(getpid())"
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw creationProblem(path) }
  }

  deinit {
    if descriptor >= 0 {
      close(descriptor)
      unlink(temporary)
    }
  }

  public func write(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    byteCount += bytes.count
    if buffer.count + bytes.count <= Self.bufferBytes {
      buffer.append(contentsOf: bytes)
      return
    }
    try flush()
    if bytes.count > Self.bufferBytes {
      try send(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  public func write(_ text: String) throws(Problem) {
    var text = text
    try text.withUTF8 { bytes in
      Result { () throws(Problem) in try write(UnsafeRawBufferPointer(bytes)) }
    }.get()
  }

  public func write(_ bytes: [UInt8]) throws(Problem) {
    try bytes.withUnsafeBytes { bytes in
      Result { () throws(Problem) in try write(bytes) }
    }.get()
  }

  /// Flushes to the disk, renames to `path` and makes the rename durable.
  public func commit() throws(Problem) {
    try flush()
    guard calls.sync(descriptor) == 0 else { throw systemProblem("save", path) }
    guard close(descriptor) == 0 else {
      descriptor = -1
      unlink(temporary)
      throw systemProblem("save", path)
    }
    descriptor = -1
    guard calls.rename(temporary, path) == 0 else {
      let problem = systemProblem("rename the temporary file to", path)
      unlink(temporary)
      throw problem
    }
    try syncDirectory(parentDirectory(of: path), calls: calls)
  }

  private func flush() throws(Problem) {
    let pending = buffer
    buffer.removeAll(keepingCapacity: true)
    try pending.withUnsafeBytes { bytes in
      Result { () throws(Problem) in try send(bytes) }
    }.get()
  }

  private func send(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    try writeAll(bytes, to: descriptor, path: path, calls: calls)
  }
}

/// Writes `path` in one go through `AtomicFile`; `body` fills it.
public func writeAtomically(
  path: String, _ body: (AtomicFile) throws -> Void
) throws {
  let file = try AtomicFile(path: path)
  try body(file)
  try file.commit()
}

/// Replaces `path` by `text`, whole or not at all.
public func writeAtomically(path: String, text: String) throws(Problem) {
  let file = try AtomicFile(path: path)
  try file.write(text)
  try file.commit()
}

/// Writes all of `bytes`, continuing after interruptions and short writes.
func writeAll(
  _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String, calls: FileCalls = .system
) throws(Problem) {
  var done = 0
  while let base = bytes.baseAddress, done < bytes.count {
    let written = calls.write(descriptor, base + done, bytes.count - done)
    if written < 0 {
      if errno == EINTR { continue }
      throw systemProblem("write", path)
    }
    done += written
  }
}

/// The folder of `path`: `.` when it names none.
package func parentDirectory(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// As below, for other rooms.
package func syncFolder(_ directory: String) throws(Problem) { try syncDirectory(directory) }

/// Makes renames and new files in `directory` survive a power cut.
func syncDirectory(_ directory: String, calls: FileCalls = .system) throws(Problem) {
  let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else { throw systemProblem("open the folder", directory) }
  defer { close(descriptor) }
  // Some file systems cannot sync folders; they say so with EINVAL.
  guard calls.sync(descriptor) == 0 || errno == EINVAL else {
    throw systemProblem("save the folder", directory)
  }
}

func creationProblem(_ path: String) -> Problem {
  let number = errno
  var problem = systemProblem("create the file", path, number)
  if problem.kind == .missingInput {
    problem.kind = .cannotWrite
    problem.hint = "make the folder \(quoted(parentDirectory(of: path))) first"
  }
  return problem
}

/// A rename over a device or a pipe would put a plain file in its place.
private func refuseDevice(_ path: String) throws(Problem) {
  var status = stat()
  guard stat(path, &status) == 0 else { return }
  let kind = status.st_mode & S_IFMT
  guard kind == S_IFREG || kind == S_IFDIR else {
    throw Problem(
      .cannotWrite, at: path, "is no regular file", expected: "a new file, or one to replace")
  }
}
