import PluginAPI

/// Merging instead of training: the recipe's models become one, weight by weight, by any merge
/// method.
struct MergeStrategy: MergingStrategy {
  static let name = "merge"
  static let summary = "One merge of target and sources, by any merge method."

  struct Options: PluginOptions {
    @Setting("The merge method, see 'crucible plugin list' [linear].") var method: MethodName?
    @Setting("Parameters of the method as in a merge config: {density: 0.5, lambda: 0.9}.")
    var parameters: YAMLNode?
    @Setting("A whole merge config, used as it is instead of all other options.")
    var config: FilePath?
    @Shared var models = MergingOptions()
  }

  let options: Options

  init(_ options: Options) throws {
    if let parameters = options.parameters, parameters.mapping == nil, !parameters.isNull {
      throw OptionError("parameters", parameters.found, "must be a mapping of parameters")
    }
    if let config = options.config, let other = Self.firstWritten(options) {
      throw OptionError(
        "config", quoted(config.path), "says everything; it cannot stand beside \(other)")
    }
    self.options = options
  }

  func configuration(_ setup: MergeSetup) throws -> MergeConfiguration {
    if let config = options.config { return .file(config.path) }
    let request = MergeRequest(
      method: options.method?.text ?? "linear", mark: options.method?.mark ?? setup.mark,
      parameters: options.parameters?.mapping ?? [], options: options.models)
    return .document(try request.document(setup))
  }

  /// An option that a config leaves without meaning.
  private static func firstWritten(_ options: Options) -> String? {
    let written = [
      ("method", options.method != nil), ("parameters", options.parameters != nil),
      ("base", options.models.base != nil), ("weights", options.models.weights != nil),
      ("densities", options.models.densities != nil), ("dtype", options.models.dtype != nil),
      ("out_dtype", options.models.outDtype != nil),
      ("tokenizer", options.models.tokenizer != nil),
    ]
    return written.first(where: \.1)?.0
  }
}

/// A word that keeps its place, for messages about methods that nobody has.
struct MethodName: OptionValue {
  var text: String
  var mark: TextMark

  static let typeText = "the name of a merge method"
  static let schema: JSON = ["type": "string"]
  var optionText: String { text }

  static func decode(_ node: YAMLNode, _ context: OptionContext) throws -> MethodName {
    guard let text = node.string else { throw mismatch(node) }
    return MethodName(text: text, mark: node.mark)
  }
}

@c(crucible_plugin_Merge)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Merge", version: "1.0.0", summary: "Merging as a strategy, by any merge method.",
    strategies: [MergeStrategy.self])
}
