import PluginAPI

/// What a library was built with, as its header says: plain memory, readable whatever it was
/// built with.
struct PluginStamp: Equatable, Sendable {
  let api: UInt32
  let toolchain: String

  init(api: UInt32, toolchain: String) {
    self.api = api
    self.toolchain = toolchain
  }

  /// Of a header whose magic number is right.
  init(_ header: UnsafeRawPointer) {
    api = header.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
    let text = UnsafePointer<CChar>(
      bitPattern: header.loadUnaligned(fromByteOffset: 16, as: UInt.self))
    toolchain = text.map { excerpt(String(cString: $0), limit: 60) } ?? ""
  }

  /// This program's own.
  static let own = PluginStamp(api: PluginHeader.api, toolchain: "\(PluginHeader.toolchain)")

  /// Nil when a library with this stamp fits.
  func fault(of file: PluginFile) -> PluginFault? {
    if api != Self.own.api {
      return PluginFault(
        at: file.path, "was built for plugin API \(api)", expected: "API \(Self.own.api)",
        advice: "build it again against this Crucible", fix: file.rebuild)
    }
    if toolchain != Self.own.toolchain {
      return PluginFault(
        at: file.path, "was built with \(quoted(toolchain))",
        expected: "\(Self.own.toolchain), which built this Crucible",
        advice: "build it again with that toolchain", fix: file.rebuild)
    }
    return nil
  }
}

extension PluginManifest {
  /// Names go into recipes, tables and messages: one word each, and one thing a name.
  func fault(of file: PluginFile) -> PluginFault? {
    let kinds: [(String, [String])] = [
      ("an adapter", adapters.map { $0.name }), ("a reward", rewards.map { $0.name }),
      ("a strategy", strategies.map { $0.name }), ("a merge method", merges.map { $0.name }),
    ]
    for (kind, names) in kinds {
      var seen: Set<String> = []
      for name in names {
        guard Self.isWord(name) else {
          return PluginFault(
            at: file.path, "registers \(kind) called \(quoted(name))",
            expected: "a name of letters, digits, '-', '_' and '.', at most 64")
        }
        guard seen.insert(name).inserted else {
          return PluginFault(
            at: file.path, "registers \(kind) called \(quoted(name)) twice",
            advice: "give one of them another name")
        }
      }
    }
    return nil
  }

  private static func isWord(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.count <= 64
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }
}
