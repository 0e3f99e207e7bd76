internal import Glibc
public import Kernels

/// Refuses a file whose code is about to run when everybody may write it or its folder: whoever
/// can, runs code as the user. Folders with the sticky bit, such as /tmp, protect what is in them.
///
/// - Throws: `Problem`: 78 with the command that closes the hole, 66 when nothing is there.
public func refuseWorldWritable(_ path: String) throws(Problem) {
  for place in [path, folder(of: path)] {
    var status = stat()
    guard stat(place, &status) == 0 else {
      throw Problem(.missingInput, at: place, "does not exist")
    }
    if status.st_mode & S_IWOTH != 0, status.st_mode & S_ISVTX == 0 {
      throw Problem(
        .badConfiguration, at: path, "everybody may write \(quoted(place)), so it is not opened",
        hint: "chmod o-w \(place)")
    }
  }
}

/// The folder that `path` lies in, as `path` names it.
func folder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}
