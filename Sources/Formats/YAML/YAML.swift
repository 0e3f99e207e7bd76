public import Kernels

/// What a YAML document may hold at most.
public struct YAMLLimits: Sendable {
  /// Lists and mappings inside one another, aliases followed.
  public var depth = 64
  /// Nodes of all kinds, every alias counted with all it stands for.
  public var nodes = 100_000
  public var aliases = 100
  public var bytes = 16 << 20

  public init() {}
}

/// Reads YAML text into nodes that remember their place.
public enum YAML {
  /// The document in `text`, and every problem that does not make the rest unreadable: keys that
  /// come twice (the first stays) and tags (passed over). A document that cannot be read has no
  /// node. An empty one is null.
  public static func read(
    _ text: String, source: String, limits: YAMLLimits = YAMLLimits()
  ) -> (node: YAMLNode?, problems: [Problem]) {
    var text = text
    return text.withUTF8 { bytes in
      read(UnsafeRawBufferPointer(bytes), source: source, limits: limits)
    }
  }

  /// As `read` for text, of bytes that may be no text.
  public static func read(
    _ bytes: UnsafeRawBufferPointer, source: String, limits: YAMLLimits = YAMLLimits()
  ) -> (node: YAMLNode?, problems: [Problem]) {
    guard bytes.count <= limits.bytes else {
      let problem = Problem(
        .badConfiguration, at: source, "\(bytes.count) bytes of YAML",
        expected: "at most \(limits.bytes)")
      return (nil, [problem])
    }
    if let offset = firstInvalidUTF8(in: bytes) {
      let (line, column) = lineAndColumn(of: offset, in: bytes)
      let problem = Problem(
        .badConfiguration, at: "\(source):\(line):\(column)",
        "the text is not UTF-8 (byte \(offset))", hint: "save it as UTF-8")
      return (nil, [problem])
    }
    // libyaml takes no null address, which is what an empty file has.
    if bytes.isEmpty { return read("\n", source: source, limits: limits) }
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    let text = UnsafeRawBufferPointer(rebasing: bytes[(hasMark ? 3 : 0)...])
    let composer = YAMLComposer(text, source: source, limits: limits)
    return composer.compose()
  }

  /// As `read`, of the file at `path`. A missing file is the only problem (66).
  public static func read(
    file path: String, limits: YAMLLimits = YAMLLimits()
  ) -> (node: YAMLNode?, problems: [Problem]) {
    do throws(Problem) {
      let file = try MappedFile(path: path)
      return file.withBytes { read($0, source: path, limits: limits) }
    } catch {
      return (nil, [error])
    }
  }

  /// The document in `text`.
  ///
  /// - Throws: `Problems` (78) with all that `read` found.
  public static func parse(
    _ text: String, source: String, limits: YAMLLimits = YAMLLimits()
  ) throws(Problems) -> YAMLNode {
    try checked(read(text, source: source, limits: limits))
  }

  /// The document in the file at `path`.
  public static func parse(
    file path: String, limits: YAMLLimits = YAMLLimits()
  ) throws(Problems) -> YAMLNode {
    try checked(read(file: path, limits: limits))
  }

  private static func checked(
    _ result: (node: YAMLNode?, problems: [Problem])
  ) throws(Problems) -> YAMLNode {
    guard let node = result.node, result.problems.isEmpty else {
      throw Problems(result.problems)
    }
    return node
  }
}
