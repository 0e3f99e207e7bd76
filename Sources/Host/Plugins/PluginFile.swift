import Foundation
import PluginAPI
import Processes

/// A shared library that is, or should be, a plugin: found, checked, opened once and kept.
///
/// Opened with RTLD_NOW | RTLD_LOCAL and never closed: the Swift runtime keeps pointers into it.
struct PluginFile: Sendable {
  let path: String
  /// The SHA-256 that the file must have to be opened, 64 hexadecimal digits in lower case.
  var pin: String?

  init(path: String, pin: String? = nil) {
    // A bare name would make the loader look through the system's libraries.
    self.path = path.contains("/") ? path : "./\(path)"
    self.pin = pin
  }

  /// How far a library has come. Code of its own runs from `opening` on.
  enum Step {
    /// Its static initialisers run.
    case opening
    /// Its entry function runs.
    case entering
    /// What its header says; nothing more is done with one that does not fit.
    case stamped(PluginStamp)
  }

  /// `Verifiable` for `…/libVerifiable.so`.
  var stem: String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let withoutPrefix = file.hasPrefix("lib") ? String(file.dropFirst(3)) : file
    return withoutPrefix.hasSuffix(".so") ? String(withoutPrefix.dropLast(3)) : withoutPrefix
  }

  var absolutePath: String { URL(fileURLWithPath: path).standardizedFileURL.path }

  var entrySymbol: String { "crucible_plugin_\(stem)" }

  /// Everything that can be known without running a line of it: who may write it, its hash where
  /// one is pinned, whether it is a library of this machine that has an entry.
  func inspect() throws(PluginFault) {
    try refuseWorldWritable()
    try checkPin()
    guard try elf().defines(entrySymbol) else {
      throw PluginFault(
        at: path, "has no entry symbol \(quoted(entrySymbol))",
        advice: "export it with @c(\(entrySymbol)); its name must carry the file's")
    }
  }

  /// Opens the library in this process and returns its manifest.
  ///
  /// A `guardian` has it opened in a child first where it does not know it. A crash that comes all
  /// the same ends this process, with a message that names the library.
  func load(guardedBy guardian: PluginGuard?) throws(PluginFault) -> PluginManifest {
    try inspect()
    try guardian?.check(self)
    return try ForeignCode.run(
      path, "while it was loaded", hint: "see 'crucible plugin doctor \(shellQuoted(path))'"
    ) { () throws(PluginFault) in try open() }
  }

  /// Opens the library, which must have passed `inspect`, and returns its manifest. Runs its code.
  func open(reporting report: (Step) -> Void = { _ in }) throws(PluginFault) -> PluginManifest {
    report(.opening)
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw PluginFault(
        at: path, "cannot be opened: \(Self.loaderMessage())",
        advice: "if it was built against another core, build it again", fix: rebuild)
    }
    let header = try entered(handle, report)
    report(.stamped(PluginStamp(header)))
    return try manifest(at: header)
  }

  /// The stamp of a library that `open` refuses because symbols are missing: bound lazily, its
  /// entry may still run. Nil when it does not.
  func stampThroughLazyBinding() -> PluginStamp? {
    guard let handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL) else { return nil }
    return (try? entered(handle) { _ in }).map(PluginStamp.init)
  }

  private func entered(
    _ handle: UnsafeMutableRawPointer, _ report: (Step) -> Void
  ) throws(PluginFault) -> UnsafeRawPointer {
    guard let symbol = dlsym(handle, entrySymbol) else {
      throw PluginFault(at: path, "lost its entry symbol: \(Self.loaderMessage())")
    }
    report(.entering)
    typealias Entry = @convention(c) () -> UnsafeRawPointer?
    let header = unsafeBitCast(symbol, to: Entry.self)()
    guard let header, header.loadUnaligned(as: UInt64.self) == PluginHeader.magic else {
      throw PluginFault(
        at: path, "its entry returned no plugin header",
        advice: "return what manifest(…) of PluginAPI gives")
    }
    return header
  }

  /// Checks API number and toolchain before anything whose layout Swift decides is read.
  func manifest(at header: UnsafeRawPointer) throws(PluginFault) -> PluginManifest {
    if let fault = PluginStamp(header).fault(of: self) { throw fault }
    let content = UnsafeRawPointer(
      bitPattern: header.loadUnaligned(fromByteOffset: 24, as: UInt.self))
    guard let content else { throw PluginFault(at: path, "its header holds no manifest") }
    let manifest = Unmanaged<PluginManifest>.fromOpaque(content).takeUnretainedValue()
    if let fault = manifest.fault(of: self) { throw fault }
    return manifest
  }

  /// Throws when this is no shared library of this machine.
  func elf() throws(PluginFault) -> ELFFile {
    do {
      return try ELFFile(path: path)
    } catch let problem as Problem {
      throw PluginFault(problem)
    } catch {
      throw PluginFault(at: path, "cannot be read")
    }
  }

  private static func loaderMessage() -> String {
    dlerror().map { excerpt(String(cString: $0), limit: 400) } ?? "no reason given"
  }
}

// MARK: - Trust

extension PluginFile {
  /// Whoever can write the library, or swap it in its folder, runs code as the user.
  private func refuseWorldWritable() throws(PluginFault) {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    for place in [path, folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder] {
      var status = stat()
      guard stat(place, &status) == 0 else {
        throw PluginFault(.missingInput, at: place, "does not exist")
      }
      let isSticky = status.st_mode & S_ISVTX != 0
      if status.st_mode & S_IWOTH != 0, !isSticky {
        throw PluginFault(
          at: path, "everybody may write \(quoted(place)), so it is not opened",
          fix: "chmod o-w \(shellQuoted(place))")
      }
    }
  }

  private func checkPin() throws(PluginFault) {
    guard let pin else { return }
    let found: String
    do {
      found = try SHA256.hex(ofFile: path)
    } catch {
      throw PluginFault(error)
    }
    guard found == pin else {
      throw PluginFault(
        at: path, "has SHA-256 \(found), so it is not opened", expected: pin,
        advice: "if this is the build you mean, write its hash behind 'sha256:'")
    }
  }
}
