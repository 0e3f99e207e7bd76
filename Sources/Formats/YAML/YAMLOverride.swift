public import Kernels

/// `fusion.alpha=0.2`: a value to be put at a path of a tree.
public struct YAMLOverride: Sendable {
  /// Keys of mappings and indices of lists, from the root.
  public let path: [String]
  public let value: YAMLNode
  private let text: String

  /// Reads `key.key.0.key=VALUE`; an index may also stand in brackets. The value is YAML.
  ///
  /// - Throws: `Problem` (78) at `--set TEXT`.
  public init(_ text: String) throws(Problem) {
    self.text = text
    let source = "--set \(text)"
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw Problem(.badConfiguration, at: source, "no '=' in it", expected: "key.key=value")
    }
    let keys = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    var path: [String] = []
    for key in keys {
      let pieces = key.split(separator: "[", omittingEmptySubsequences: false)
      for (number, piece) in pieces.enumerated() {
        let name = number == 0 ? piece : piece.hasSuffix("]") ? piece.dropLast() : ""
        guard !name.isEmpty else {
          throw Problem(
            .badConfiguration, at: source, "the path \(quoted(String(parts[0]))) has an empty part",
            expected: "keys with dots between them, such as train.epochs or sources.0.name")
        }
        path.append(String(name))
      }
    }
    self.path = path
    let (node, problems) = YAML.read(String(parts[1]), source: source)
    guard let node, problems.isEmpty else {
      throw problems.first ?? Problem(.badConfiguration, at: source, "the value cannot be read")
    }
    value = node
  }

  /// Puts the value in its place; mappings on the way are made where they are missing.
  ///
  /// - Throws: `Problem` (78) when the path leads through a scalar or past the end of a list.
  public func apply(to root: inout YAMLNode) throws(Problem) {
    try Self.set(value, at: path[...], in: &root, text)
  }

  private static func set(
    _ value: YAMLNode, at path: ArraySlice<String>, in node: inout YAMLNode, _ text: String
  ) throws(Problem) {
    guard let key = path.first else {
      node = value
      return
    }
    let rest = path.dropFirst()
    if node.isNull { node.content = .mapping([]) }
    switch node.content {
    case .mapping(var entries):
      if let index = entries.firstIndex(where: { $0.key == key }) {
        try set(value, at: rest, in: &entries[index].value, text)
      } else {
        var fresh = YAMLNode(.mapping([]), at: value.mark)
        try set(value, at: rest, in: &fresh, text)
        entries.append(YAMLEntry(key: key, keyMark: value.mark, value: fresh))
      }
      node.content = .mapping(entries)
    case .sequence(var nodes):
      guard let index = Int(key), nodes.indices.contains(index) else {
        throw Problem(
          .badConfiguration, at: "--set \(text)",
          "\(quoted(key)) is no entry of the list at \(node.place), which has \(nodes.count)",
          expected: "an index from 0")
      }
      try set(value, at: rest, in: &nodes[index], text)
      node.content = .sequence(nodes)
    case .scalar:
      throw Problem(
        .badConfiguration, at: "--set \(text)",
        "\(quoted(key)) leads into \(node.found) at \(node.place)",
        expected: "a mapping or a list there")
    }
  }
}
