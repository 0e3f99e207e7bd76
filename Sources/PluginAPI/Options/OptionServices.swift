/// What makes the models and rewards that options name.
public protocol OptionServices: AnyObject, Sendable {
  /// A model as recipes write one in `sources`: a path, or a mapping with `model` or `adapter`.
  /// Its adapter and options are checked; it opens when first used. Throws every fault at once.
  func model(_ node: YAMLNode, _ context: OptionContext) throws -> ModelHandle

  /// A reward as recipes write one in `rewards`: a name, or a mapping with `plugin`.
  /// Throws every fault at once.
  func reward(_ node: YAMLNode, _ context: OptionContext) throws -> RewardHandle
}

extension OptionContext {
  fileprivate func requireServices(_ node: YAMLNode) throws -> any OptionServices {
    guard let services else {
      throw Problem(
        .badConfiguration, at: node.place, "models and rewards cannot be named here")
    }
    return services
  }
}

extension ModelHandle: OptionValue {
  public static var typeText: String { "a model: a path, or a mapping as in sources" }
  public static var schema: JSON {
    ["anyOf": [["type": "string"], ["type": "object"]]]
  }
  public var optionText: String { name }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> ModelHandle {
    guard node.string.map({ !$0.isEmpty }) ?? (node.mapping != nil) else { throw mismatch(node) }
    return try context.requireServices(node).model(node, context)
  }
}

extension RewardHandle: OptionValue {
  public static var typeText: String { "a reward: a name, or a mapping as in rewards" }
  public static var schema: JSON {
    ["anyOf": [["type": "string"], ["type": "object"]]]
  }
  public var optionText: String { name }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> RewardHandle {
    guard node.string.map({ !$0.isEmpty }) ?? (node.mapping != nil) else { throw mismatch(node) }
    return try context.requireServices(node).reward(node, context)
  }
}
