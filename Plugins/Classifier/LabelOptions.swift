import PluginAPI

/// A label as a recipe names it.
enum LabelName: OptionValue, Equatable {
  case place(Int)
  case name(String)

  static var typeText: String { "a label's place or name" }
  static var schema: JSON { ["anyOf": [["type": "integer", "minimum": 0], ["type": "string"]]] }
  var optionText: String {
    switch self {
    case .place(let place): "\(place)"
    case .name(let name): name
    }
  }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> LabelName {
    if let place = node.int { return .place(place) }
    guard let name = node.string, !name.isEmpty else { throw mismatch(node) }
    return .name(name)
  }

  /// As the key of a mapping, which is always text.
  init(key: String) { self = Int(key).map { .place($0) } ?? .name(key) }
}

/// How much each label counts.
enum LabelWeights: OptionValue, Equatable {
  /// One number a label, in their order.
  case all([Double])
  /// Those that count.
  case some([Named])

  struct Named: Sendable, Equatable {
    var label: LabelName
    var weight: Double
  }

  static var typeText: String { "a list of numbers, or a mapping of labels to numbers" }
  static var schema: JSON {
    [
      "anyOf": [
        ["type": "array", "items": ["type": "number"]],
        ["type": "object", "additionalProperties": ["type": "number"]],
      ]
    ]
  }
  var optionText: String {
    switch self {
    case .all(let weights): weights.optionText
    case .some(let weights):
      "{"
        + weights.map { "\($0.label.optionText): \($0.weight.optionText)" }.joined(separator: ", ")
        + "}"
    }
  }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> LabelWeights {
    if let entries = node.mapping {
      return .some(
        try entries.map {
          Named(label: LabelName(key: $0.key), weight: try Double.decode($0.value, context))
        })
    }
    guard node.sequence != nil else { throw mismatch(node) }
    return .all(try [Double].decode(node, context))
  }
}

/// What is done to the outputs of a head, as transformers' `function_to_apply`.
enum HeadFunction: String, OptionChoice {
  case none, sigmoid, softmax
}
