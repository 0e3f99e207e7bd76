import SyntaxTrees

/// Walks a Python program and notes where every word's value comes from.
struct DataFlowReader {
  /// A text that is no program: a node lacks a part that every such node has.
  struct Incomplete: Error {}

  private let tree: SyntaxTree
  /// Number of each node that is a word.
  private let words: [Int: Int]
  /// Words that last defined each name, on every path to here.
  private var definitions: [String: [Int]] = [:]

  init(_ tree: SyntaxTree) {
    self.tree = tree
    words = Dictionary(
      uniqueKeysWithValues: tree.wordNodes().enumerated().map { ($1, $0) })
  }

  mutating func edges(of node: Int) throws -> [NamedEdge] {
    if tree.isWord(node) { return use(node) }
    switch tree[node].kind {
    case "default_parameter": return try defaultParameter(node)
    case "assignment", "augmented_assignment": return try assignment(node)
    case "for_in_clause": return try comprehension(node)
    case "if_statement": return try branches(node)
    case "for_statement": return try loop(node)
    case "while_statement": return try twice { try $0.inOrder($0.tree.children(of: node)) }
    default: return try anything(node)
    }
  }

  /// Names and literals; keywords and punctuation read as what they are.
  private func isVariable(_ node: Int) -> Bool { tree[node].kind != tree.text(of: node) }

  private func variables(_ node: Int) -> [Int] { tree.wordNodes(below: node).filter(isVariable) }

  private mutating func use(_ node: Int) -> [NamedEdge] {
    let name = tree.text(of: node)
    guard isVariable(node), let word = words[node] else { return [] }
    if let known = definitions[name] {
      return [
        NamedEdge(
          name: name, word: word, relation: .comesFrom, sources: [name], sourceWords: known)
      ]
    }
    if tree[node].kind == "identifier" { definitions[name] = [word] }
    return [NamedEdge(name: name, word: word, relation: .comesFrom)]
  }

  private mutating func inOrder(_ nodes: [Int]) throws -> [NamedEdge] {
    var all: [NamedEdge] = []
    for node in nodes { all += try edges(of: node) }
    return all
  }

  /// The loops of a comprehension come first: what they bind is used before them.
  private mutating func anything(_ node: Int) throws -> [NamedEdge] {
    let children = tree.children(of: node)
    let loops = children.filter { tree[$0].kind == "for_in_clause" }
    let others = children.filter { tree[$0].kind != "for_in_clause" }
    return try inOrder(loops + others).sorted(by: \.word)
  }

  private mutating func defaultParameter(_ node: Int) throws -> [NamedEdge] {
    let (name, value) = (try part(node, "name"), try part(node, "value"))
    var all = try edges(of: value)
    let sources = variables(value)
    for target in variables(name) {
      for source in sources { all += definition(of: target, from: [source], .comesFrom) }
      define(target)
    }
    return all.sorted(by: \.word)
  }

  private mutating func assignment(_ node: Int) throws -> [NamedEdge] {
    guard let right = tree.child(of: node, "right") else { return [] }  // `x: int`
    let pairs = paired(try part(node, "left"), right)
    return try binding(pairs.left, pairs.right).sorted(by: \.word)
  }

  private mutating func comprehension(_ node: Int) throws -> [NamedEdge] {
    guard let right = tree.children(of: node).last else { throw Incomplete() }
    return try binding([try part(node, "left")], [right]).sorted(by: \.word)
  }

  /// Every branch starts from the same definitions; afterwards each of theirs may hold.
  private mutating func branches(_ node: Int) throws -> [NamedEdge] {
    let before = definitions
    var current = before
    var ends: [[String: [Int]]] = []
    var all: [NamedEdge] = []
    var hasElse = false
    for child in tree.children(of: node) {
      let kind = tree[child].kind
      if kind.contains("else") { hasElse = true }
      let isOther = kind == "elif_clause" || kind == "else_clause"
      definitions = isOther ? before : current
      all += try edges(of: child)
      if isOther { ends.append(definitions) } else { current = definitions }
    }
    ends.append(current)
    if !hasElse { ends.append(before) }
    definitions = ends.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
      .mapValues { Set($0).sorted() }
    return all.sorted(by: \.word)
  }

  private mutating func loop(_ node: Int) throws -> [NamedEdge] {
    let pairs = paired(try part(node, "left"), try part(node, "right"))
    return try twice { reader in
      var all = try reader.binding(pairs.left, pairs.right)
      if let body = reader.tree.children(of: node).last, reader.tree[body].kind == "block" {
        all += try reader.edges(of: body)
      }
      return all
    }
  }

  /// What a loop's first round defines, its second may use.
  private mutating func twice(
    _ body: (inout DataFlowReader) throws -> [NamedEdge]
  ) throws -> [NamedEdge] {
    let first = try body(&self)
    return (first + (try body(&self))).mergedByWord()
  }

  /// The right sides are read, then the left ones defined from what stands opposite.
  private mutating func binding(_ left: [Int], _ right: [Int]) throws -> [NamedEdge] {
    var all = try inOrder(right)
    for (target, source) in zip(left, right) {
      let sources = variables(source)
      for variable in variables(target) {
        all += definition(of: variable, from: sources, .computedFrom)
        define(variable)
      }
    }
    return all
  }

  /// `a, b = b, a` pairs by place; anything that does not match in number is one.
  private func paired(_ left: Int, _ right: Int) -> (left: [Int], right: [Int]) {
    var lefts = tree.children(of: left).filter { tree[$0].kind != "," }
    var rights = tree.children(of: right).filter { tree[$0].kind != "," }
    if lefts.count != rights.count || lefts.isEmpty { (lefts, rights) = ([left], [right]) }
    return (lefts, rights)
  }

  private func definition(
    of target: Int, from sources: [Int], _ relation: DataFlow.Relation
  ) -> [NamedEdge] {
    guard let word = words[target] else { return [] }
    return [
      NamedEdge(
        name: tree.text(of: target), word: word, relation: relation,
        sources: sources.map(tree.text(of:)), sourceWords: sources.compactMap { words[$0] })
    ]
  }

  private mutating func define(_ target: Int) {
    if let word = words[target] { definitions[tree.text(of: target)] = [word] }
  }

  private func part(_ node: Int, _ field: String) throws -> Int {
    guard let part = tree.child(of: node, field) else { throw Incomplete() }
    return part
  }
}
