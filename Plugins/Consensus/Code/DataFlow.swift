import SyntaxTrees

/// Where the values of a program's variables come from: CodeBLEU's data flow, with the rules of the
/// package codebleu 0.7.0 for Python. Sources stay in the order of the text; the package keeps them
/// in unordered sets, so that its own score can change between runs.
struct DataFlow: Equatable {
  enum Relation {
    /// A use, from the definitions that can reach it.
    case comesFrom
    /// A definition, from what stands on its right.
    case computedFrom
  }

  /// An edge with variables numbered in the order in which the edges name them.
  struct Edge: Hashable {
    var variable: Int
    var relation: Relation
    var sources: [Int]
  }

  private(set) var edges: [Edge] = []

  init() {}

  /// Of a program without comments. A text that is no program has none.
  init(_ tree: SyntaxTree) {
    var reader = DataFlowReader(tree)
    guard let all = try? reader.edges(of: 0) else { return }
    var numbers: [String: Int] = [:]
    func number(_ name: String) -> Int {
      if let known = numbers[name] { return known }
      numbers[name] = numbers.count
      return numbers.count - 1
    }
    edges = Self.connected(all.sorted(by: \.word)).map { edge in
      let sources = edge.sources.map(number)
      return Edge(variable: number(edge.name), relation: edge.relation, sources: sources)
    }
  }

  /// Share of the edges that `other` has, each of its edges used once; 0 without any.
  func share(in other: DataFlow) -> Double {
    guard !edges.isEmpty else { return 0 }
    var unused: [Edge: Int] = [:]
    for edge in other.edges { unused[edge, default: 0] += 1 }
    var matches = 0
    for edge in edges where (unused[edge] ?? 0) > 0 {
      unused[edge]? -= 1
      matches += 1
    }
    return Double(matches) / Double(edges.count)
  }

  /// Edges that have a source or are one, one a word.
  private static func connected(_ edges: [NamedEdge]) -> [NamedEdge] {
    var used = Set(edges.flatMap(\.sourceWords))
    for edge in edges where !edge.sourceWords.isEmpty { used.insert(edge.word) }
    var order: [Int] = []
    var merged: [Int: NamedEdge] = [:]
    for edge in edges where used.contains(edge.word) {
      if var known = merged[edge.word] {
        known.add(edge)
        known.relation = edge.relation
        merged[edge.word] = known
      } else {
        merged[edge.word] = edge
        order.append(edge.word)
      }
    }
    return order.compactMap { merged[$0] }
  }
}

/// An edge in the words of its program.
struct NamedEdge {
  var name: String
  /// Number of the word.
  var word: Int
  var relation: DataFlow.Relation
  var sources: [String] = []
  var sourceWords: [Int] = []

  /// What edges of the same definition or use share.
  struct Key: Hashable {
    var name: String
    var word: Int
    var relation: DataFlow.Relation
  }

  /// Takes over the sources of another edge of the same word.
  mutating func add(_ other: NamedEdge) {
    var seen: Set<String> = []
    sources = (sources + other.sources).filter { seen.insert($0).inserted }
    sourceWords = Set(sourceWords + other.sourceWords).sorted()
  }
}

extension [NamedEdge] {
  /// Stable.
  func sorted(by key: KeyPath<NamedEdge, Int>) -> [NamedEdge] {
    enumerated().sorted {
      ($0.element[keyPath: key], $0.offset) < ($1.element[keyPath: key], $1.offset)
    }.map(\.element)
  }

  /// The edges of a loop, whose body is read twice, each once, with all sources.
  func mergedByWord() -> [NamedEdge] {
    var order: [NamedEdge.Key] = []
    var merged: [NamedEdge.Key: NamedEdge] = [:]
    for edge in self {
      let key = NamedEdge.Key(name: edge.name, word: edge.word, relation: edge.relation)
      if merged[key]?.add(edge) != nil { continue }
      merged[key] = edge
      order.append(key)
    }
    return order.compactMap { merged[$0] }.sorted(by: \.word)
  }
}
