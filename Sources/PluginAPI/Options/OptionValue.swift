/// A type that an option can have: how it is read from a recipe, shown and described.
public protocol OptionValue: Sendable {
  /// "a whole number", "text", "one of a, b, c": completes "expected …".
  static var typeText: String { get }
  /// The value as a recipe would write it.
  var optionText: String { get }
  /// JSON Schema of the values it takes.
  static var schema: JSON { get }
  /// Throws a `Problem` at the node's place when the node is something else.
  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Self
}

/// What decoding needs to know besides the node.
public struct OptionContext: Sendable {
  /// Folder that relative paths start from: the recipe's.
  public var folder: String
  /// What makes models and rewards that options name; nil where none may be named.
  public var services: (any OptionServices)?

  public init(folder: String, services: (any OptionServices)? = nil) {
    self.folder = folder
    self.services = services
  }

  /// `path` as it is when absolute, below `folder` otherwise.
  public func resolve(_ path: String) -> String {
    if path.hasPrefix("/") || folder.isEmpty || folder == "." { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }
}

extension OptionValue {
  /// The problem of finding `node` where a `Self` belongs.
  public static func mismatch(_ node: YAMLNode) -> Problem {
    Problem(.badConfiguration, at: node.place, "found \(node.found)", expected: typeText)
  }
}

extension Int: OptionValue {
  public static var typeText: String { "a whole number" }
  public static var schema: JSON { ["type": "integer"] }
  public var optionText: String { "\(self)" }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Int {
    guard let value = node.int else { throw mismatch(node) }
    return value
  }
}

extension Double: OptionValue {
  public static var typeText: String { "a number" }
  public static var schema: JSON { ["type": "number"] }
  public var optionText: String {
    self == rounded() && abs(self) < 1e9 ? "\(Int(self))" : "\(self)"
  }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Double {
    guard let value = node.double, value.isFinite else { throw mismatch(node) }
    return value
  }
}

extension Float: OptionValue {
  public static var typeText: String { Double.typeText }
  public static var schema: JSON { Double.schema }
  public var optionText: String { Double(description).map(\.optionText) ?? description }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Float {
    Float(try Double.decode(node, context))
  }
}

extension Bool: OptionValue {
  public static var typeText: String { "true or false" }
  public static var schema: JSON { ["type": "boolean"] }
  public var optionText: String { "\(self)" }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Bool {
    guard let value = node.bool else { throw mismatch(node) }
    return value
  }
}

extension String: OptionValue {
  public static var typeText: String { "text" }
  public static var schema: JSON { ["type": "string"] }
  public var optionText: String { isEmpty ? "\"\"" : self }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> String {
    guard let value = node.string else { throw mismatch(node) }
    return value
  }
}

/// A path in a recipe, resolved against the recipe's folder.
public struct FilePath: OptionValue, Equatable {
  public var path: String

  public init(_ path: String) { self.path = path }

  public static var typeText: String { "a path" }
  public static var schema: JSON { ["type": "string"] }
  public var optionText: String { path }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> FilePath {
    guard let text = node.string, !text.isEmpty else { throw mismatch(node) }
    return FilePath(context.resolve(text))
  }
}

extension Optional: OptionValue where Wrapped: OptionValue {
  public static var typeText: String { Wrapped.typeText }
  public static var schema: JSON { Wrapped.schema }
  public var optionText: String { self?.optionText ?? "none" }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Wrapped? {
    node.isNull ? nil : try Wrapped.decode(node, context)
  }
}

extension Array: OptionValue where Element: OptionValue {
  public static var typeText: String { "a list, each entry \(Element.typeText)" }
  public static var schema: JSON { ["type": "array", "items": Element.schema] }
  public var optionText: String { "[" + map(\.optionText).joined(separator: ", ") + "]" }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> [Element] {
    guard let nodes = node.sequence else { throw mismatch(node) }
    return try nodes.map { try Element.decode($0, context) }
  }
}

/// Any YAML value, for options with a language of their own. Keeps its place.
extension YAMLNode: OptionValue {
  public static var typeText: String { "any value" }
  public static var schema: JSON { true }
  public var optionText: String { found }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) -> YAMLNode { node }
}

/// A choice between names: an enum of strings.
public protocol OptionChoice: OptionValue, CaseIterable, RawRepresentable<String> {}

extension OptionChoice {
  public static var typeText: String {
    "one of " + allCases.map(\.rawValue).joined(separator: ", ")
  }
  public static var schema: JSON { ["enum": .array(allCases.map { .string($0.rawValue) })] }
  public var optionText: String { rawValue }
  public static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> Self {
    if let text = node.string, let value = Self(rawValue: text) { return value }
    var problem = mismatch(node)
    if let close = closest(to: node.string ?? "", among: allCases.map(\.rawValue)) {
      problem.hint = "did you mean \(quoted(close))?"
    }
    throw problem
  }
}
