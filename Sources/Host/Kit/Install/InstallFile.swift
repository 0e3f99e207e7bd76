import Foundation
import PluginAPI

/// A file that an installation has.
struct InstallFile {
  enum Content {
    /// A copy of a file; `searchPath` replaces where it looks for its libraries.
    case copy(String, searchPath: String? = nil)
    case text(String)
    /// A symbolic link.
    case link(to: String)
  }

  /// Below the prefix.
  let path: String
  let content: Content
  var isProgram = false

  init(_ path: String, _ content: Content, isProgram: Bool = false) {
    self.path = path
    self.content = content
    self.isProgram = isProgram
  }

  /// Writes it at `place`, whose folder exists.
  /// - Returns: Bytes written.
  func write(to place: String) throws -> Int {
    switch content {
    case .link(let target):
      guard symlink(target, place) == 0 else {
        throw LocalFiles.problem("the link cannot be made", place)
      }
      return 0
    case .text(let text):
      return try write(Array(text.utf8), to: place)
    case .copy(let source, let searchPath):
      guard var bytes = try LocalFiles.read(source) else {
        throw Problem(.missingInput, at: source, "is missing")
      }
      if let searchPath { try Self.set(searchPath, in: &bytes, of: source) }
      return try write(bytes, to: place)
    }
  }

  private func write(_ bytes: [UInt8], to place: String) throws -> Int {
    let files = LocalFiles()
    let descriptor = try files.open(place, .replacing)
    defer { close(descriptor) }
    try files.write(bytes, to: descriptor, path: place)
    guard fchmod(descriptor, isProgram ? 0o755 : 0o644) == 0 else {
      throw LocalFiles.problem("its rights cannot be set", place)
    }
    try files.synchronize(descriptor, path: place)
    return bytes.count
  }

  /// Writes the new text over the old one, which the linker put there and nothing else refers to: an
  /// installed file then names neither the build folder nor the toolchain that made it.
  static func set(_ searchPath: String, in bytes: inout [UInt8], of source: String) throws {
    guard let old = try ELFFile(path: source).searchPath else { return }
    let fresh = Array(searchPath.utf8)
    guard fresh.count <= old.bytes.count, old.bytes.upperBound <= bytes.count else {
      throw Problem(
        .failed, at: source, "has no room for the search path \(quoted(searchPath))",
        expected: "one as long, it has \(quoted(old.text))")
    }
    let rest = [UInt8](repeating: 0, count: old.bytes.count - fresh.count)
    bytes.replaceSubrange(old.bytes, with: fresh + rest)
  }
}
