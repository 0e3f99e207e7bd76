import Glibc
import PluginAPI

/// A shared library that is, or should be, a plugin: found, checked, opened once and kept.
///
/// Opened with RTLD_NOW | RTLD_LOCAL and never closed: the Swift runtime keeps pointers into it.
struct PluginFile {
  let path: String

  /// `Verifiable` for `…/libVerifiable.so`.
  var stem: String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    let withoutPrefix = file.hasPrefix("lib") ? String(file.dropFirst(3)) : file
    return withoutPrefix.hasSuffix(".so") ? String(withoutPrefix.dropLast(3)) : withoutPrefix
  }

  var entrySymbol: String { "crucible_plugin_\(stem)" }

  /// Opens the library and returns its manifest. Throws a `Problem` that says what is wrong with
  /// the file and how to put it right.
  func load() throws -> PluginManifest {
    try refuseWorldWritable()
    let library = try ELFFile(path: path)
    guard library.defines(entrySymbol) else {
      throw Problem(
        .badConfiguration, at: path, "has no entry symbol \(quoted(entrySymbol))",
        hint: "export it with @c(\(entrySymbol)); its name must carry the file's")
    }
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw Problem(
        .badConfiguration, at: path, "cannot be opened: \(Self.loaderMessage())",
        hint: "it was built against another core; build it again")
    }
    guard let symbol = dlsym(handle, entrySymbol) else {
      throw Problem(.badConfiguration, at: path, "lost its entry symbol: \(Self.loaderMessage())")
    }
    typealias Entry = @convention(c) () -> UnsafeRawPointer?
    return try manifest(at: unsafeBitCast(symbol, to: Entry.self)())
  }

  /// Checks magic, API number and toolchain before anything whose layout Swift decides is read.
  func manifest(at header: UnsafeRawPointer?) throws -> PluginManifest {
    guard let header, header.loadUnaligned(as: UInt64.self) == PluginHeader.magic else {
      throw Problem(
        .badConfiguration, at: path, "its entry returned no plugin header",
        hint: "return what manifest(…) of PluginAPI gives")
    }
    let api = header.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    guard api == PluginHeader.api else {
      throw Problem(
        .badConfiguration, at: path, "was built for plugin API \(api)",
        expected: "API \(PluginHeader.api)", hint: "build it again against this Crucible")
    }
    let stamp = UnsafePointer<CChar>(
      bitPattern: header.loadUnaligned(fromByteOffset: 16, as: UInt.self))
    let toolchain = stamp.map { String(cString: $0) } ?? ""
    guard toolchain == "\(PluginHeader.toolchain)" else {
      throw Problem(
        .badConfiguration, at: path, "was built with \(quoted(toolchain))",
        expected: "\(PluginHeader.toolchain), which built this Crucible",
        hint: "build it again with that toolchain")
    }
    let content = UnsafeRawPointer(
      bitPattern: header.loadUnaligned(fromByteOffset: 24, as: UInt.self))
    guard let content else {
      throw Problem(.badConfiguration, at: path, "its header holds no manifest")
    }
    return Unmanaged<PluginManifest>.fromOpaque(content).takeUnretainedValue()
  }

  /// Whoever can write the library, or swap it in its folder, runs code as the user.
  private func refuseWorldWritable() throws {
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    for place in [path, folder.isEmpty ? "." : folder] {
      var status = stat()
      guard stat(place, &status) == 0 else {
        throw Problem(.missingInput, at: place, "does not exist")
      }
      let isSticky = status.st_mode & S_ISVTX != 0
      if status.st_mode & S_IWOTH != 0, !isSticky {
        throw Problem(
          .badConfiguration, at: path, "everybody may write \(quoted(place)), so it is not opened",
          hint: "chmod o-w \(place)")
      }
    }
  }

  private static func loaderMessage() -> String {
    dlerror().map { String(cString: $0) } ?? "no reason given"
  }
}
