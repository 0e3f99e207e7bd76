internal import Formats

/// A text and its syntax tree. A text with errors has one too: see `firstError`.
public struct SyntaxTree: Sendable {
  /// A piece of the text.
  public struct Node: Sendable, Equatable {
    /// `if_statement`, `identifier`; of a token without a name the token itself: `if`, `:`.
    public var kind: String
    /// What it is to the node around it (`condition`); nil where the grammar does not say.
    public var field: String?
    /// Bytes of the text.
    public var range: Range<Int>
    /// Whether the grammar gives it a name: keywords and punctuation have none.
    public var isNamed: Bool
    /// Whether the text lacks it and the parser put it in.
    public var isMissing: Bool
    /// Index past the last of its descendants.
    public var end: Int
  }

  public let text: [UInt8]
  /// In the order of the text, each before its descendants; 0 is the root.
  public let nodes: [Node]

  init(text: [UInt8], nodes: [Node]) {
    self.text = text
    self.nodes = nodes
  }

  public subscript(index: Int) -> Node { nodes[index] }

  /// Indices of the nodes right below `index`. Cost: O(their number).
  public func children(of index: Int) -> [Int] {
    var children: [Int] = []
    var next = index + 1
    while next < nodes[index].end {
      children.append(next)
      next = nodes[next].end
    }
    return children
  }

  /// The first child in the place `field`.
  public func child(of index: Int, _ field: String) -> Int? {
    children(of: index).first { nodes[$0].field == field }
  }

  public func hasChildren(_ index: Int) -> Bool { nodes[index].end > index + 1 }

  public func text(of index: Int) -> String {
    String(decoding: text[nodes[index].range], as: UTF8.self)
  }

  /// Where the text first is no sentence of the language, as line and column from 1; nil when all
  /// of it is.
  public var firstError: (line: Int, column: Int)? {
    guard let node = nodes.first(where: { $0.kind == "ERROR" || $0.isMissing }) else { return nil }
    return text.withUnsafeBytes { lineAndColumn(of: node.range.lowerBound, in: $0) }
  }

  /// Every node as an S-expression of kinds and fields, without the words of the text:
  /// `(call function: (identifier) arguments: (argument_list))`. Nodes without a name are left
  /// out. Cost: O(nodes · depth) characters.
  public func expressions() -> [String] {
    var expressions = [String](repeating: "", count: nodes.count)
    for index in nodes.indices.reversed() {
      var text = "(" + (nodes[index].isMissing ? "MISSING " : "") + nodes[index].kind
      for child in children(of: index) { append(child, to: &text, expressions) }
      expressions[index] = text + ")"
    }
    return expressions
  }

  private func append(_ index: Int, to text: inout String, _ expressions: [String]) {
    let node = nodes[index]
    guard node.isNamed || node.isMissing else {
      for child in children(of: index) { append(child, to: &text, expressions) }
      return
    }
    text += " " + (node.field.map { "\($0): " } ?? "") + expressions[index]
  }
}
