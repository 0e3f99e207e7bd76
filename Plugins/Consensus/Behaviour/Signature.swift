import PluginAPI

/// What the candidates of a prompt say of the function they all define.
struct Signature: Equatable {
  var parameters: [ArgumentType] = []
  /// Lists of arguments that the prompt or a docstring shows, as Python writes a tuple.
  var examples: [String] = []

  /// - Parameter descriptions: Lines of PythonDriver's `describe`, of candidates that define it.
  ///
  /// The number of parameters is that of most candidates, the first of equals. A type is the first
  /// that an annotation knows, else the first that an example shows, in their order.
  init(_ descriptions: [JSON]) {
    let arity = Self.arity(descriptions)
    let shown = descriptions.flatMap { $0["examples"]?.array ?? [] }
      .filter { $0["types"]?.array?.count == arity }
    parameters = (0..<arity).map { place in
      let annotations = descriptions.compactMap {
        $0["parameters"]?.array.flatMap { $0.count >= arity ? $0[place]["type"]?.string : nil }
      }
      let examples = shown.compactMap { $0["types"]?.array?[place].string }
      return (annotations + examples).map { ArgumentType(annotation: $0) }.first(where: \.isKnown)
        ?? .any
    }
    var seen: Set<String> = []
    examples = shown.compactMap { $0["arguments"]?.string }.filter { seen.insert($0).inserted }
  }

  private static func arity(_ descriptions: [JSON]) -> Int {
    var counts: [(arity: Int, count: Int)] = []
    for description in descriptions {
      let parameters = description["parameters"]?.array ?? []
      let arity = parameters.count { $0["optional"]?.bool != true }
      if let place = counts.firstIndex(where: { $0.arity == arity }) {
        counts[place].count += 1
      } else {
        counts.append((arity, 1))
      }
    }
    return counts.reduce((arity: 0, count: 0)) { $1.count > $0.count ? $1 : $0 }.arity
  }

  /// `count` distinct lists of arguments: those shown, then edge cases, then random ones of growing
  /// size. Fewer when there are not so many (of a function without parameters, one).
  func inputs(count: Int, random: CounterRNG) -> [String] {
    guard !parameters.isEmpty else { return ["()"] }
    var inputs = Array(examples.prefix(count))
    var seen = Set(inputs)
    func add(_ arguments: [String]) {
      let text = "(" + arguments.map { $0 + "," }.joined(separator: " ") + ")"
      if inputs.count < count, seen.insert(text).inserted { inputs.append(text) }
    }
    var maker = ValueMaker(random)
    let edges = parameters.map { maker.edges($0) }
    let longest = edges.map(\.count).max() ?? 0
    for index in 0..<min(longest, max(1, count / 2)) {
      // Shifted against each other, so that parameters are not always alike.
      add(
        edges.enumerated().map { place, list in list[(index + place * (index / 2)) % list.count] })
    }
    for round in 0..<4 * count where inputs.count < count {
      let size = 2 + round / 4
      add(parameters.map { maker.value($0, size: min(size, 24)) })
    }
    return inputs
  }
}
