internal import Kernels

/// Builds the tree: follows aliases and merge keys, counts everything against the limits.
final class YAMLComposer {
  private let source: String
  private let limits: YAMLLimits
  private let events: YAMLEvents?
  private var problems: [Problem] = []
  private var nodeCount = 0
  private var aliasCount = 0
  private var anchors: [String: Built] = [:]
  /// Anchors whose node is being built: an alias to one of them would never end.
  private var openAnchors: Set<String> = []

  /// A node with what an alias to it adds to the counts.
  private struct Built {
    let node: YAMLNode
    var nodes = 1
    var height = 0
  }

  init(_ text: UnsafeRawBufferPointer, source: String, limits: YAMLLimits) {
    self.source = source
    self.limits = limits
    events = YAMLEvents(text, source: source)
  }

  func compose() -> (node: YAMLNode?, problems: [Problem]) {
    do throws(Problem) {
      let node = try document()
      return (node, problems)
    } catch {
      return (nil, problems + [error])
    }
  }

  private func next() throws(Problem) -> YAMLEvent {
    guard let events else { throw Problem(.failed, at: source, "no memory to read YAML") }
    return try events.next()
  }

  private func document() throws(Problem) -> YAMLNode {
    _ = try next()  // the start of the stream
    let start = try next()
    guard case .documentStart = start.kind else {
      return YAMLNode(.scalar(YAMLScalar("")), at: start.mark)
    }
    let root = try node(from: try next(), depth: 0).node
    _ = try next()  // the end of the document
    let after = try next()
    guard case .streamEnd = after.kind else {
      throw problem(after.mark, "a second document begins here", expected: "one document a file")
    }
    return root
  }

  private func node(from event: YAMLEvent, depth: Int) throws(Problem) -> Built {
    try count(1, at: event.mark)
    guard depth <= limits.depth else {
      throw problem(event.mark, "nested deeper than \(limits.depth)")
    }
    if case .alias(let name) = event.kind { return try alias(name, event, depth: depth) }
    if let anchor = event.anchor { openAnchors.insert(anchor) }
    let built: Built
    switch event.kind {
    case .scalar(let text, let isPlain):
      built = Built(node: scalar(text, isPlain: isPlain, event))
    case .sequenceStart: built = try sequence(event, depth: depth)
    default: built = try mapping(event, depth: depth)
    }
    if let anchor = event.anchor {
      openAnchors.remove(anchor)
      anchors[anchor] = built
    }
    return built
  }

  private func alias(_ name: String, _ event: YAMLEvent, depth: Int) throws(Problem) -> Built {
    aliasCount += 1
    guard aliasCount <= limits.aliases else {
      throw problem(event.mark, "more than \(limits.aliases) aliases")
    }
    guard !openAnchors.contains(name) else {
      throw problem(event.mark, "alias *\(name) stands inside the node it names")
    }
    guard let built = anchors[name] else {
      let close = closest(to: name, among: anchors.keys.sorted())
      throw problem(
        event.mark, "alias *\(name) has no anchor &\(name) before it",
        hint: close.map { "did you mean *\($0)?" })
    }
    try count(built.nodes, at: event.mark)
    guard depth + built.height <= limits.depth else {
      throw problem(event.mark, "nested deeper than \(limits.depth) through alias *\(name)")
    }
    return built
  }

  private func scalar(_ text: String, isPlain: Bool, _ event: YAMLEvent) -> YAMLNode {
    var isPlain = isPlain
    switch event.tag {
    case nil: break
    case "tag:yaml.org,2002:str", "!": isPlain = false
    case "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool",
      "tag:yaml.org,2002:null":
      isPlain = true
    case let tag?: refuse(tag, event.mark)
    }
    return YAMLNode(.scalar(YAMLScalar(text, isPlain: isPlain)), at: event.mark)
  }

  private func sequence(_ event: YAMLEvent, depth: Int) throws(Problem) -> Built {
    if let tag = event.tag, tag != "tag:yaml.org,2002:seq" { refuse(tag, event.mark) }
    var nodes: [YAMLNode] = []
    var (total, height) = (1, 0)
    while true {
      let event = try next()
      if case .sequenceEnd = event.kind { break }
      let built = try node(from: event, depth: depth + 1)
      nodes.append(built.node)
      total += built.nodes
      height = max(height, built.height + 1)
    }
    return Built(
      node: YAMLNode(.sequence(nodes), at: event.mark), nodes: total, height: height)
  }

  private func mapping(_ event: YAMLEvent, depth: Int) throws(Problem) -> Built {
    if let tag = event.tag, tag != "tag:yaml.org,2002:map" { refuse(tag, event.mark) }
    var entries = EntryList()
    var (total, height) = (1, 0)
    while true {
      let keyEvent = try next()
      if case .mappingEnd = keyEvent.kind { break }
      let (key, isPlain) = try key(keyEvent, depth: depth)
      let built = try node(from: try next(), depth: depth + 1)
      total += built.nodes + 1
      height = max(height, built.height + 1)
      if key == "<<", isPlain {
        try entries.merge(built.node)
      } else if let first = entries.add(
        YAMLEntry(key: key, keyMark: keyEvent.mark, value: built.node))
      {
        problems.append(
          problem(
            keyEvent.mark,
            "key \(quoted(key)) comes twice, first at line \(first.keyMark.line)",
            hint: "remove one of them"))
      }
    }
    let node = YAMLNode(.mapping(entries.finished), at: event.mark)
    return Built(node: node, nodes: total, height: height)
  }

  /// The text of a key, which must be a scalar.
  private func key(
    _ event: YAMLEvent, depth: Int
  ) throws(Problem) -> (text: String, isPlain: Bool) {
    let built = try node(from: event, depth: depth + 1)
    guard let scalar = built.node.scalar else {
      throw problem(event.mark, "a key is \(built.node.found)", expected: "text")
    }
    return (scalar.text, scalar.isPlain)
  }

  // MARK: - Counting and messages

  private func count(_ nodes: Int, at mark: TextMark) throws(Problem) {
    nodeCount += nodes
    guard nodeCount <= limits.nodes else {
      throw problem(mark, "more than \(limits.nodes) nodes, aliases counted in full")
    }
  }

  private func refuse(_ tag: String, _ mark: TextMark) {
    let core = "tag:yaml.org,2002:"
    let shown = tag.hasPrefix(core) ? "!!" + tag.dropFirst(core.count) : tag
    problems.append(
      problem(
        mark, "tag \(quoted(shown)) is not supported", hint: "remove it; tags run no code here"))
  }

  private func problem(
    _ mark: TextMark, _ what: String, expected: String? = nil, hint: String? = nil
  ) -> Problem {
    Problem(.badConfiguration, at: mark.description, what, expected: expected, hint: hint)
  }
}

/// The entries of a mapping in the making: own keys win over merged ones.
private struct EntryList {
  private var own: [YAMLEntry] = []
  private var merged: [YAMLEntry] = []
  private var ownPositions: [String: Int] = [:]
  private var mergedKeys: Set<String> = []

  /// Adds an entry; the first entry of that key when there was one.
  mutating func add(_ entry: YAMLEntry) -> YAMLEntry? {
    if let position = ownPositions[entry.key] { return own[position] }
    ownPositions[entry.key] = own.count
    own.append(entry)
    return nil
  }

  /// What `<<: node` adds: a mapping, or a list of mappings of which earlier ones win.
  mutating func merge(_ node: YAMLNode) throws(Problem) {
    for part in node.sequence ?? [node] {
      guard let entries = part.mapping else {
        throw Problem(
          .badConfiguration, at: part.place, "'<<' merges \(part.found)",
          expected: "a mapping or a list of mappings")
      }
      for entry in entries where mergedKeys.insert(entry.key).inserted { merged.append(entry) }
    }
  }

  var finished: [YAMLEntry] { own + merged.filter { ownPositions[$0.key] == nil } }
}
