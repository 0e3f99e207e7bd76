/// The tensor of one model in the place that is being merged, read when it is asked for.
public struct MergeSource: Sendable {
  /// As the config names the model.
  public let model: String
  public let values: any VectorSource
  private let companion: @Sendable (String) throws -> Tensor?

  public init(
    model: String, values: any VectorSource,
    companion: @escaping @Sendable (String) throws -> Tensor? = { _ in nil }
  ) {
    self.model = model
    self.values = values
    self.companion = companion
  }

  /// The tensor of the same name in the statistics of kind `kind` that were stored beside the
  /// model's weights (`fisher`, `gram`), nil when there are none.
  ///
  /// - Throws: `Problem` for statistics that cannot be read.
  public func statistic(_ kind: String) throws -> Tensor? { try companion(kind) }

  /// The whole tensor as f32: for rules over matrices, which cannot work in blocks. Holds
  /// 4 bytes an element.
  public func tensor() -> Tensor {
    let tensor = Tensor(uninitialized: values.shape)
    ThreadPool.shared.parallel(over: tensor.count, grain: 1 << 14) { part in
      values.read(from: part.lowerBound, into: tensor.vector(part))
    }
    return tensor
  }
}

/// A model of a merge with the parameters that hold for it and for this tensor.
public struct MergeInput<Parameters: PluginOptions>: Sendable {
  public let source: MergeSource
  public let parameters: Parameters

  public init(source: MergeSource, parameters: Parameters) {
    self.source = source
    self.parameters = parameters
  }
}
