/// A merge in the language of merge configs.
public enum MergeConfiguration: Sendable, Equatable {
  /// A file of one or several documents, taken as it is.
  case file(String)
  /// One document; what was written in a recipe keeps its place there.
  case document(YAMLNode)
}

/// What merges of a recipe's models are made of.
public struct MergeSetup {
  public var target: ModelReference
  /// In recipe order.
  public var sources: [ModelReference]
  /// Of the written weights, where nothing else is said: the recipe's `train.dtype`.
  public var outputType: DType
  /// Where the recipe asks for the merge.
  public var mark: TextMark
  /// The merge method of a name; throws a `Problem` with what is known and what was likely meant.
  public var method: (_ name: String, _ place: String?) throws -> any MergeMethod.Type

  public init(
    target: ModelReference, sources: [ModelReference], outputType: DType, mark: TextMark,
    method: @escaping (_ name: String, _ place: String?) throws -> any MergeMethod.Type
  ) {
    self.target = target
    self.sources = sources
    self.outputType = outputType
    self.mark = mark
    self.method = method
  }
}
