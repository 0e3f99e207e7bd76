internal import Glibc
public import Kernels

/// Whether something lies at `path` (links are followed).
public func fileExists(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0
}

public func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Bytes of the file at `path`, nil when there is none.
package func fileSize(_ path: String) -> Int? {
  var status = stat()
  return stat(path, &status) == 0 ? Int(status.st_size) : nil
}

/// The path without links and dots, nil when it leads nowhere.
package func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}

/// Names in `directory`, sorted, without `.` and `..`; empty when it cannot be read.
package func directoryNames(_ directory: String) -> [String] {
  guard let stream = opendir(directory) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// Makes `path` and every folder above it that is missing.
///
/// - Throws: `Problem` (73) when that is not allowed or a file is in the way.
public func makeDirectories(_ path: String) throws(Problem) {
  if isDirectory(path) { return }
  let parent = parentDirectory(of: path)
  if parent != path, !isDirectory(parent) { try makeDirectories(parent) }
  if mkdir(path, 0o755) == 0 || errno == EEXIST && isDirectory(path) { return }
  var problem = systemProblem("make the folder", path)
  problem.kind = .cannotWrite
  throw problem
}

extension JSON {
  /// The JSON value in the file at `path`.
  ///
  /// - Throws: `Problem`: 66 when the file is missing, 65 when it is no JSON or passes `limits`.
  public static func parse(
    file path: String, limits: JSONLimits = .default
  ) throws(Problem) -> JSON {
    let file = try MappedFile(path: path)
    return try file.withBytes { bytes throws(Problem) in
      if let problem = foreignProblem(bytes, path) { throw problem }
      return try parse(bytes, source: path, limits: limits)
    }
  }
}

/// The UTF-8 text of the file at `path`, a byte-order mark skipped.
///
/// - Throws: `Problem`: 66 when it is missing, 65 when it is longer than `limit` or no UTF-8.
public func readText(_ path: String, limit: Int = 64 << 20) throws(Problem) -> String {
  let file = try MappedFile(path: path)
  guard file.byteCount <= limit else {
    throw Problem(
      .badData, at: path, "the file has \(file.byteCount) bytes", expected: "at most \(limit)")
  }
  return try file.withBytes { bytes throws(Problem) in try text(of: bytes, path: path) }
}

private func text(of bytes: UnsafeRawBufferPointer, path: String) throws(Problem) -> String {
  let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
  let part = UnsafeRawBufferPointer(rebasing: bytes[(hasMark ? 3 : 0)...])
  guard let text = String(validating: part, as: UTF8.self) else {
    let offset = firstInvalidUTF8(in: bytes) ?? 0
    let (line, column) = lineAndColumn(of: offset, in: bytes)
    throw Problem(
      .badData, at: "\(path):\(line):\(column)", "the text is not UTF-8 (byte \(offset))",
      hint: "save it as UTF-8")
  }
  return text
}

/// Removes a folder and the files in it; folders inside it stay, and so does it then.
public func removeFolder(_ path: String) {
  for name in directoryNames(path) { unlink("\(path)/\(name)") }
  rmdir(path)
}
