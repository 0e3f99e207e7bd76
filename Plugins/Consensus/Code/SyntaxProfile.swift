import SyntaxTrees

/// The subtrees of a program, without its words.
struct SyntaxProfile {
  /// One for each node that has children, the root included.
  private(set) var subtrees: [String] = []

  init() {}

  init(_ tree: SyntaxTree) {
    let expressions = tree.expressions()
    // The root always counts, as an empty program is one, too.
    subtrees = tree.nodes.indices.filter { $0 == 0 || tree.hasChildren($0) }.map { expressions[$0] }
  }

  /// Share of the subtrees that `other` has at all, however often: a program that contains this
  /// one gets 1.
  func share(in other: SyntaxProfile) -> Double {
    guard !subtrees.isEmpty else { return 0 }
    let known = Set(other.subtrees)
    return Double(subtrees.count { known.contains($0) }) / Double(subtrees.count)
  }
}

extension SyntaxTree {
  /// The text without comments and without strings that stand as statements (docstrings), empty
  /// lines dropped.
  var withoutComments: String {
    var kept: [UInt8] = []
    var start = 0
    var index = 0
    while index < nodes.count {
      if isRemark(index) {
        kept += text[start..<max(start, nodes[index].range.lowerBound)]
        start = max(start, nodes[index].range.upperBound)
        index = nodes[index].end
      } else {
        index += 1
      }
    }
    kept += text[start...]
    let lines = String(decoding: kept, as: UTF8.self).split(separator: "\n")
    return lines.filter { !$0.allSatisfy(\.isWhitespace) }.joined(separator: "\n")
  }

  private func isRemark(_ index: Int) -> Bool {
    if nodes[index].kind == "comment" { return true }
    let children = children(of: index)
    return nodes[index].kind == "expression_statement" && children.count == 1
      && nodes[children[0]].kind == "string"
  }

  /// Whether a node is one word of the text: a leaf, or a string as a whole.
  func isWord(_ index: Int) -> Bool {
    (!hasChildren(index) || nodes[index].kind == "string") && nodes[index].kind != "comment"
  }

  /// The words below `index`, in order.
  func wordNodes(below index: Int = 0) -> [Int] {
    if isWord(index) { return [index] }
    return children(of: index).flatMap { wordNodes(below: $0) }
  }

  var words: [String] { wordNodes().map(text(of:)) }
}
