/// A merge config: one document, or several whose results feed each other.
public struct MergeConfig: Sendable {
  public let path: String
  /// As it was written; it travels with the output.
  public let text: String
  /// In the order in which they can be made: the final one last.
  public let documents: [MergeDocument]
  /// What has no effect, a line each.
  public let warnings: [String]

  /// Reads the config at `path`.
  ///
  /// - Throws: `Problem` when there is no such file, `Problems` (78) with every fault of it.
  public init(path: String) throws {
    try self.init(text: try readText(path), path: path)
  }

  public init(text: String, path: String) throws {
    var (problems, nodes): ([Problem], [YAMLNode]) = ([], [])
    for part in Self.documents(in: text) {
      let (node, faults) = YAML.read(part, source: path)
      problems += faults
      if let node { nodes.append(node) }
    }
    try self.init(nodes, text: text, path: path, problems: problems)
  }

  /// The config that `document` holds; its nodes say where they were written.
  public init(document: YAMLNode, path: String) throws {
    try self.init([document], text: document.serialized(), path: path, problems: [])
  }

  private init(_ nodes: [YAMLNode], text: String, path: String, problems: [Problem]) throws {
    self.path = path
    self.text = text
    var (problems, warnings): ([Problem], [String]) = (problems, [])
    var read: [MergeDocument] = []
    for node in nodes where !node.isNull {
      if let document = MergeDocument(node, into: &problems, warnings: &warnings) {
        read.append(document)
      }
    }
    if read.isEmpty, problems.isEmpty {
      problems.append(
        Problem(
          .badConfiguration, at: path, "holds no merge", expected: "a merge_method and models"))
    }
    let order = DocumentOrder(read, into: &problems)
    guard problems.isEmpty else { throw Problems(problems) }
    if read.count == 1, let name = read[0].name {
      warnings.append("\(path): the name \(quoted(name)) of a single document has no effect")
    }
    documents = order.sorted
    self.warnings = warnings
  }

  /// The documents of a stream, each with as many empty lines before it that places in it are
  /// places in the file.
  private static func documents(in text: String) -> [String] {
    var documents: [String] = []
    var current = ""
    var count = 0
    var hasDirectives = false
    // A line may end with CR LF, which is one Character.
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: Self.endsLine) {
      if isSeparator(line) {
        // What stands before the first document is no document of its own.
        if !hasDirectives { documents.append(current) }
        current = String(repeating: "\n", count: count + 1)
        hasDirectives = false
      } else if line.hasPrefix("%"), current.allSatisfy({ $0 == "\n" }) {
        hasDirectives = true
        current += "\n"
      } else {
        current += line + "\n"
      }
      count += 1
    }
    documents.append(current)
    return documents
  }

  private static func endsLine(_ character: Character) -> Bool {
    character == "\n" || character == "\r\n" || character == "\r"
  }

  /// `---`, or the end of a document `...`, with at most a comment behind it.
  private static func isSeparator(_ line: Substring) -> Bool {
    guard line.hasPrefix("---") || line.hasPrefix("...") else { return false }
    let rest = line.dropFirst(3)
    guard let first = rest.first else { return true }
    guard first == " " || first == "\t" else { return false }
    return rest.first { $0 != " " && $0 != "\t" }.map { $0 == "#" } ?? true
  }
}

/// Sorts documents so that each comes after those that it reads.
private struct DocumentOrder {
  private(set) var sorted: [MergeDocument] = []

  init(_ documents: [MergeDocument], into problems: inout [Problem]) {
    guard documents.count > 1 else {
      sorted = documents
      return
    }
    var byName: [String: Int] = [:]
    for (index, document) in documents.enumerated() {
      guard let name = document.name else { continue }
      if let first = byName[name] {
        problems.append(
          Problem(
            .badConfiguration, at: document.node.place,
            "two documents are called \(quoted(name)); the other is at "
              + documents[first].node.place))
      }
      byName[name] = index
    }
    let unnamed = documents.indices.filter { documents[$0].name == nil }
    guard unnamed.count == 1, let final = unnamed.first else {
      problems.append(
        Problem(
          .badConfiguration, at: documents[unnamed.last ?? documents.count - 1].node.place,
          unnamed.isEmpty ? "every document has a name" : "\(unnamed.count) documents have no name",
          expected: "exactly one without, the final merge"))
      return
    }
    var state = [Int](repeating: 0, count: documents.count)
    visit(final, documents, byName, &state, into: &problems)
    for index in documents.indices where state[index] == 0 {
      visit(index, documents, byName, &state, into: &problems)
    }
    // What the final merge does not need is made all the same, before it.
    if let place = sorted.firstIndex(where: { $0.name == nil }) {
      sorted.append(sorted.remove(at: place))
    }
  }

  private mutating func visit(
    _ index: Int, _ documents: [MergeDocument], _ byName: [String: Int], _ state: inout [Int],
    into problems: inout [Problem]
  ) {
    guard state[index] == 0 else {
      if state[index] == 1 {
        problems.append(
          Problem(
            .badConfiguration, at: documents[index].node.place,
            "the document \(quoted(documents[index].name ?? "")) needs its own result"))
      }
      return
    }
    state[index] = 1
    for model in documents[index].models {
      if let needed = byName[model.model.path] {
        visit(needed, documents, byName, &state, into: &problems)
      }
    }
    state[index] = 2
    sorted.append(documents[index])
  }
}
