/// What every adapter, reward and strategy has in common: a name that recipes use, one line for
/// listings, and options that a recipe may set.
public protocol Plugin: Sendable {
  associatedtype Options: PluginOptions = NoOptions

  /// What a recipe writes: lower case, words joined by `-`.
  static var name: String { get }
  /// One sentence for `crucible plugin list`.
  static var summary: String { get }

  /// Checks what types cannot (relations between options) and throws an `OptionError`.
  /// Called before the first sample is bought, so that a bad recipe costs nothing.
  /// [main thread, once for every use in a recipe]
  init(_ options: Options) throws
}

/// Options of a plugin: a struct whose properties are `@Setting`s, each with a default.
///
/// The host makes one with `init()`, fills it from the recipe's mapping (keys in snake_case),
/// and reports unknown keys, wrong types and values out of range with their place.
public protocol PluginOptions: Sendable {
  init()
}

/// For plugins without options.
public struct NoOptions: PluginOptions {
  public init() {}
}

/// A combination of options that cannot work. The host adds the place in the recipe.
public struct OptionError: Error, Sendable, CustomStringConvertible {
  /// The key as the recipe writes it, `sft.epochs` for nested ones.
  public let key: String
  public let value: String
  public let requirement: String

  public init(_ key: String, _ value: some Any, _ requirement: String) {
    self.key = key
    self.value = "\(value)"
    self.requirement = requirement
  }

  public var description: String { "\(key) is \(value), \(requirement)" }
}
