import Foundation
import PluginAPI

/// A file of a plugin folder that is no plugin but may be a reward all the same: a C library for
/// `cfunction`, a program for `process`.
struct OtherFile {
  let what: String
  /// A line for a recipe's `rewards`.
  let recipe: String

  /// Nil when the library is a Swift one, which should have an entry, or has no functions.
  init?(library elf: ELFFile) {
    let isSwift = elf.needed.contains { $0.hasPrefix("libswift") || $0 == "libCrucibleCore.so" }
    let functions = elf.symbols.filter { symbol in
      symbol.isDefined && symbol.isFunction && !symbol.name.hasPrefix("_")
        && !symbol.name.hasPrefix("$") && !symbol.name.contains(".")
    }.map(\.name)
    guard !isSwift, let first = functions.first else { return nil }
    let likely = functions.first { name in
      ["reward", "score"].contains { name.lowercased().contains($0) }
    }
    let symbol = likely ?? first
    what =
      "a C library, no Crucible plugin; functions: "
      + functions.prefix(5).map { excerpt($0, limit: 60) }.joined(separator: ", ")
      + (functions.count > 5 ? " and \(functions.count - 5) more" : "")
    recipe =
      "- {plugin: cfunction, library: \(Self.flowText(elf.path)), symbol: \(Self.flowText(symbol)), "
      + "signature: \"f64(cstr prompt, cstr response)\"}"
  }

  /// Nil when it cannot be run.
  init?(program path: String) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0
    else { return nil }
    what = "a program, no Crucible plugin"
    recipe = "- {plugin: process, command: [\(Self.flowText(path))]}"
  }

  /// `text` as a scalar inside a YAML flow collection.
  private static func flowText(_ text: String) -> String {
    let isPlain = text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || "/._-".utf8.contains(byte)
    }
    return isPlain && text.first?.isNumber == false ? text : JSON.string(text).serialized()
  }
}
