/// Options that all merges of a recipe's models have.
public struct MergingOptions: PluginOptions {
  @Setting(
    """
    Model that the others were trained from: 'target', or a path, with which the target is merged \
    as the sources are [the target where the method needs a base; methods that know none merge \
    the target with the sources].
    """)
  public var base: MergeBase?
  @Setting(
    """
    Weight of each merged model, the target first where it is one, or one number for all [where \
    the method needs weights: 1 over a base, else 1 / number of models].
    """)
  public var weights: ModelNumbers?
  @Setting("Density of each merged model, or one number for all, as in weights.")
  public var densities: ModelNumbers?
  @Setting("What weights are rounded to before they are merged [not rounded].")
  public var dtype: MergeType?
  @Setting("Type of the written weights [train.dtype].") public var outDtype: MergeType?
  @Setting("Vocabulary of the result as in a merge config: union, base, a model, or a mapping.")
  public var tokenizer: YAMLNode?

  public init() {}
}

/// What the models of a merge were trained from.
public enum MergeBase: OptionValue, Equatable {
  case target
  /// Path or name in the cache.
  case model(String)

  public static var typeText: String { "target, or a model" }
  public static var schema: JSON { ["type": "string"] }
  public var optionText: String {
    switch self {
    case .target: "target"
    case .model(let location): location
    }
  }

  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> MergeBase {
    guard let text = node.string, !text.isEmpty else { throw mismatch(node) }
    if text == "target" { return .target }
    let path = context.resolve(text)
    return .model(fileExists(path) ? path : text)
  }
}

/// A number for every model of a merge, or one for all of them.
public enum ModelNumbers: OptionValue, Equatable {
  case all(YAMLNode)
  case each([YAMLNode])

  public static var typeText: String { "a number, or a list of numbers" }
  public static var schema: JSON {
    ["anyOf": [["type": "number"], ["type": "array", "items": ["type": "number"]]]]
  }
  public var optionText: String {
    switch self {
    case .all(let node): node.string ?? ""
    case .each(let nodes): "[" + nodes.map { $0.string ?? "" }.joined(separator: ", ") + "]"
    }
  }

  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> ModelNumbers {
    let nodes = node.sequence ?? [node]
    guard nodes.allSatisfy({ $0.double?.isFinite == true }) else { throw mismatch(node) }
    return node.sequence == nil ? .all(node) : .each(nodes)
  }
}

/// A type of weights, by the names of recipes or those of merge configs.
public enum MergeType: String, OptionChoice {
  case f32, bf16, f16, float32, bfloat16, float16

  /// As merge configs write it.
  var configName: String {
    switch self {
    case .f32, .float32: "float32"
    case .bf16, .bfloat16: "bfloat16"
    case .f16, .float16: "float16"
    }
  }

  init(_ type: DType) {
    switch type {
    case .bf16: self = .bf16
    case .f16: self = .f16
    default: self = .f32
    }
  }
}
