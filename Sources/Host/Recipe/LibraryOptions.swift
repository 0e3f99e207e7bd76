import PluginAPI

/// How a recipe names the library of a plugin.
struct LibraryOptions: PluginOptions {
  @Setting("Plugin library, where it is in no search folder.") var path: PluginAPI.FilePath?
  @Setting("SHA-256 of the library at 'path': any other is not opened.") var sha256: FileHash?

  /// The library, nil where none is named. `node` is the mapping that holds the keys.
  func file(in node: YAMLNode, into problems: inout [Problem]) -> PluginFile? {
    if let path { return PluginFile(path: path.path, pin: sha256?.hex) }
    if sha256 != nil {
      problems.append(
        Problem(
          .badConfiguration, at: node["sha256"]?.place, "'sha256' without 'path'",
          hint: "say which library it is of: 'path: ./libNAME.so'"))
    }
    return nil
  }
}

/// The SHA-256 of a file as people copy it.
struct FileHash: OptionValue, Equatable {
  /// 64 hexadecimal digits in lower case.
  let hex: String

  static var typeText: String { "64 hexadecimal digits" }
  static var schema: JSON { ["type": "string", "pattern": "^[0-9A-Fa-f]{64}$"] }
  var optionText: String { hex }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> FileHash {
    // Digits alone are a number to YAML, but no less a hash.
    guard let text = node.string, text.utf8.count == 64, text.allSatisfy(\.isHexDigit) else {
      throw mismatch(node)
    }
    return FileHash(hex: text.lowercased())
  }
}
