/// A strategy that is one merge of the recipe's models: a host can plan it with the recipe, and
/// tell what cannot be merged before anything is bought.
///
/// Such a strategy needs neither prompts nor rewards.
public protocol MergingStrategy: FusionStrategy {
  /// The merge, as a config. Throw an `OptionError` whose key is one of `fusion`'s, or a `Problem`.
  /// [main thread, also when a recipe is only validated]
  func configuration(_ setup: MergeSetup) throws -> MergeConfiguration
}

extension MergingStrategy {
  public func fuse(_ job: any FusionJob) throws -> ModelHandle {
    try job.merge(stage: "merge", configuration(job.merging))
  }
}

/// A merge method as a strategy of its own name, its parameters written flat beside the options of
/// all merges: `{strategy: ties, density: 0.5, lambda: 0.9}`. Hosts make it of every method.
public struct MergeMethodStrategy<Method: MergeMethod>: MergingStrategy {
  public static var name: String { Method.name }
  public static var summary: String { Method.summary }

  public struct Options: PluginOptions {
    @Shared var models = MergingOptions()
    let parameters = MethodParameters<Method>()

    public init() {}
  }

  private let options: Options

  public init(_ options: Options) { self.options = options }

  public func configuration(_ setup: MergeSetup) throws -> MergeConfiguration {
    .document(
      try MergeRequest(
        method: Method.name, mark: setup.mark, parameters: options.parameters.written,
        options: options.models
      ).document(setup))
  }
}

/// `method` as a strategy.
public func mergeStrategy(of method: any MergeMethod.Type) -> any FusionStrategy.Type {
  func open<Method: MergeMethod>(_ type: Method.Type) -> any FusionStrategy.Type {
    MergeMethodStrategy<Method>.self
  }
  return open(method)
}
