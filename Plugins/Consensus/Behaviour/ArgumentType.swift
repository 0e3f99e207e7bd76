/// What a parameter takes, as far as one can tell.
indirect enum ArgumentType: Equatable, Sendable {
  /// Nothing is known.
  case any
  case none
  case bool
  case int
  case float
  case text
  case list(ArgumentType)
  case set(ArgumentType)
  case tuple([ArgumentType])
  /// A tuple of any length.
  case sequence(ArgumentType)
  case dictionary(ArgumentType, ArgumentType)
  case union([ArgumentType])

  /// Reads an annotation of Python: `List[int]`, `dict[str, float]`, `int | None`, `"str"`. What it
  /// does not know is `any`.
  init(annotation: String) {
    var reader = AnnotationReader(annotation)
    self = reader.union()
  }

  var isKnown: Bool { self != .any }

  /// What may be an element of a set or a key: of what nothing is known, or Python cannot hash,
  /// numbers and texts.
  var hashable: ArgumentType {
    switch self {
    case .any, .list, .set, .dictionary: .union([.int, .text])
    case .tuple(let types): .tuple(types.map(\.hashable))
    case .sequence(let type): .sequence(type.hashable)
    case .union(let types): .union(types.map(\.hashable))
    case .none, .bool, .int, .float, .text: self
    }
  }
}

private struct AnnotationReader {
  private var rest: Substring

  /// Quotes of a forward reference change nothing.
  init(_ text: String) { rest = text.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" }[...] }

  mutating func union(depth: Int = 0) -> ArgumentType {
    var choices = [single(depth)]
    while rest.first == "|" {
      rest.removeFirst()
      choices.append(single(depth))
    }
    return choices.count == 1 ? choices[0] : .union(choices)
  }

  private mutating func single(_ depth: Int) -> ArgumentType {
    let name = rest.prefix { $0.isLetter || $0.isNumber || "._".contains($0) }
    rest = rest.dropFirst(name.count)
    let arguments = depth < 8 ? list(depth) : []
    return Self.type(String(name.split(separator: ".").last ?? ""), arguments)
  }

  private mutating func list(_ depth: Int) -> [ArgumentType] {
    guard rest.first == "[" else { return [] }
    var types: [ArgumentType] = []
    while let sign = rest.first, sign == "[" || sign == "," {
      rest.removeFirst()
      if rest.hasPrefix("...") {
        rest = rest.dropFirst(3)
      } else if rest.first != "]" {
        types.append(union(depth: depth + 1))
      }
    }
    if rest.first == "]" { rest.removeFirst() }
    return types
  }

  private static func type(_ name: String, _ of: [ArgumentType]) -> ArgumentType {
    switch name {
    case "int": .int
    case "float", "complex": .float
    case "str": .text
    case "bool": .bool
    case "None", "NoneType": .none
    case "list", "List", "Sequence", "Iterable", "Collection", "MutableSequence":
      .list(of.first ?? .any)
    case "set", "Set", "frozenset", "FrozenSet":
      .set((of.first ?? .any).hashable)
    case "dict", "Dict", "Mapping", "MutableMapping", "DefaultDict", "defaultdict":
      .dictionary((of.first ?? .any).hashable, of.dropFirst().first ?? .any)
    case "tuple", "Tuple": of.count == 1 ? .sequence(of[0]) : .tuple(of)
    case "Optional": .union(of + [.none])
    case "Union": .union(of)
    default: .any
    }
  }
}
