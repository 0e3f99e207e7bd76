internal import Formats
internal import Glibc
public import Kernels

/// A shared library of somebody else's, in any language that can export C functions.
///
/// It has full trust: it runs in this process. Opened with RTLD_NOW | RTLD_LOCAL and never closed,
/// for it may have started threads or registered handlers.
public final class ForeignLibrary: Sendable {
  public let path: String
  /// SHA-256 of the file that was opened, 64 hexadecimal digits in lower case.
  public let hash: String
  private let symbols: LibrarySymbols
  // Invariant: what dlopen gave; it is never closed, so the address stays good.
  private nonisolated(unsafe) let handle: UnsafeMutableRawPointer

  /// Checks the file at `path`, then opens it, which runs its initialisers.
  ///
  /// - Parameter pin: The SHA-256 it must have.
  /// - Throws: `Problem`: 66 when it is missing, 78 when everybody may write it, when it is no
  ///   shared library of this machine, has another hash, or needs what is not there.
  public init(path: String, pin: String? = nil) throws(Problem) {
    // A bare name would make the loader look through the system's folders and LD_LIBRARY_PATH.
    self.path = path.contains("/") ? path : "./\(path)"
    guard fileExists(path) else { throw missing(self.path) }
    try refuseWorldWritable(self.path)
    symbols = try LibrarySymbols(path: self.path)
    hash = try SHA256.hex(ofFile: self.path)
    if let pin, pin != hash {
      throw Problem(
        .badConfiguration, at: path, "has SHA-256 \(hash), so it is not opened", expected: pin,
        hint: "if this is the build you mean, write its hash behind 'library_sha256:'")
    }
    handle = try opened(self.path)
  }

  /// A function of the library, ready to be called as `signature` says.
  ///
  /// Nothing can check that the signature is that of the function: a wrong one crashes or returns
  /// nonsense, as a wrong declaration in C does.
  /// - Throws: `Problem` (78) when there is no such function, with what there is instead.
  public func function(
    _ name: String, _ signature: ForeignSignature
  ) throws(Problem) -> ForeignFunction {
    guard symbols.functions.contains(name) else {
      let isVariable = symbols.variables.contains(name)
      throw Problem(
        .badConfiguration, at: path,
        isVariable ? "\(quoted(name)) is a variable" : "has no function \(quoted(name))",
        expected: isVariable ? "a function" : nil, hint: symbols.hint(forMissing: name))
    }
    guard let address = dlsym(handle, name) else {
      throw Problem(.badConfiguration, at: path, "lost \(quoted(name)): \(loaderMessage())")
    }
    return try ForeignFunction(name, address, signature, in: path)
  }
}

private func opened(_ path: String) throws(Problem) -> UnsafeMutableRawPointer {
  let handle = withUnchangedArithmetic { dlopen(path, RTLD_NOW | RTLD_LOCAL) }
  guard let handle else {
    throw Problem(
      .badConfiguration, at: path, "cannot be opened: \(loaderMessage())",
      hint: "'ldd -r \(path)' shows what it misses")
  }
  return handle
}

private func loaderMessage() -> String {
  dlerror().map { excerpt(String(cString: $0), limit: 400) } ?? "no reason given"
}

private func missing(_ path: String) -> Problem {
  let libraries = directoryNames(folder(of: path)).filter {
    $0.hasSuffix(".so") || $0.contains(".so.")
  }
  let name = path.split(separator: "/").last.map(String.init) ?? path
  let hint: String
  if let close = closest(to: name, among: libraries) {
    hint = "did you mean \(quoted(close))?"
  } else if libraries.isEmpty || libraries.count > 20 {
    hint = "build it, or correct 'library'; relative paths start from the recipe's folder"
  } else {
    hint = "libraries there: " + libraries.joined(separator: ", ")
  }
  return Problem(.missingInput, at: path, "does not exist", hint: hint)
}
