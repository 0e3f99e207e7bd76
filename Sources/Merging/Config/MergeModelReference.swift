/// A model as a merge config names it: `path`, `path@revision`, `path+adapter`, or a mapping
/// `{model: {path, revision}, lora: {path, revision}}`.
///
/// Two references are the same model when all parts are equal.
public struct MergeModelReference: Sendable, Hashable {
  public struct Part: Sendable, Hashable {
    public var path: String
    public var revision: String?

    init(path: String, revision: String? = nil) {
      self.path = path
      self.revision = revision
    }

    /// `path@revision`.
    init?(_ text: String) {
      let pieces = text.split(separator: "@", omittingEmptySubsequences: false).map(String.init)
      guard pieces.count <= 2, pieces.allSatisfy({ !$0.isEmpty }) else { return nil }
      self.init(path: pieces[0], revision: pieces.count == 2 ? pieces[1] : nil)
    }

    var text: String { path + (revision.map { "@" + $0 } ?? "") }
  }

  public var model: Part
  public var adapter: Part?

  public init(model: Part, adapter: Part? = nil) {
    self.model = model
    self.adapter = adapter
  }

  /// As a config writes it in one string; nil when it has empty parts or too many. A path of the
  /// file system that holds `@` or `+` itself is taken whole.
  public init?(_ text: String, exists: (String) -> Bool = { fileExists($0) }) {
    if (text.contains("@") || text.contains("+")) && exists(text) {
      self.init(model: Part(path: text))
      return
    }
    let pieces = text.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    guard pieces.count <= 2, let model = Part(pieces[0]) else { return nil }
    guard pieces.count == 2 else {
      self.init(model: model)
      return
    }
    guard let adapter = Part(pieces[1]) else { return nil }
    self.init(model: model, adapter: adapter)
  }

  /// As it is written in one string.
  public var text: String { model.text + (adapter.map { "+" + $0.text } ?? "") }
}

extension MergeModelReference {
  /// The reference that `node` writes; nil with a problem when it writes none.
  static func read(_ node: YAMLNode, into problems: inout [Problem]) -> MergeModelReference? {
    if let text = node.string {
      // A path is seen from the working folder or from the config's.
      let folder = parentDirectory(of: node.mark.source)
      let exists = { fileExists($0) || fileExists("\(folder)/\($0)") }
      if let reference = MergeModelReference(text, exists: exists) { return reference }
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "found the model reference \(quoted(text))",
          expected: "path, path@revision or path+adapter"))
      return nil
    }
    guard node.mapping != nil else {
      problems.append(
        Problem(
          .badConfiguration, at: node.place, "found \(node.found)",
          expected: "a model: a path, or {model: {path: PATH}}"))
      return nil
    }
    ConfigKeys(["model", "lora", "override_architecture"]).check(node, into: &problems)
    guard let model = part(node["model"] ?? node, named: "model", into: &problems) else {
      return nil
    }
    let adapter = node["lora"].flatMap {
      $0.isNull ? nil : part($0, named: "lora", into: &problems)
    }
    return MergeModelReference(model: model, adapter: adapter)
  }

  private static func part(
    _ node: YAMLNode, named key: String, into problems: inout [Problem]
  ) -> Part? {
    if let text = node.string, let part = Part(text) { return part }
    guard let path = node["path"]?.string, !path.isEmpty else {
      problems.append(
        Problem(
          .badConfiguration, at: (node["path"] ?? node).place,
          "\(quoted(key)) has no 'path'" + (node.string.map { ": found \(quoted($0))" } ?? ""),
          expected: "{path: PATH, revision: NAME}"))
      return nil
    }
    ConfigKeys(["path", "revision"]).check(node, into: &problems)
    return Part(
      path: path, revision: TextKey("revision").read(in: node, into: &problems))
  }
}
