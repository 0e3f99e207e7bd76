/// One output tensor: what it is called, where it comes from, and how.
public struct PlannedTensor: Sendable {
  public enum Action: Sendable, Equatable {
    /// The method makes it.
    case merge
    /// It is what this model has.
    case copy(PlannedSource)
    /// It holds no floating-point numbers: all inputs must agree bit for bit.
    case copyEqual
  }

  public var name: String
  public var shape: [Int]
  /// Written type.
  public var dtype: DType
  public var role: TensorRole
  public var base: PlannedSource?
  public var inputs: [PlannedInput]
  /// Number of the method's parameters, see `MethodBinding.bindShared`.
  public var shared: Int
  public var action: Action

  public var description: TensorDescription {
    TensorDescription(name: name, dtype: dtype, shape: shape)
  }

  public var count: Int { shape.reduce(1, *) }

  /// Everything that is read for it, the base first.
  public var sources: [PlannedSource] {
    if case .copy(let source) = action { return [source] }
    return [base].compactMap { $0 } + inputs.map(\.source)
  }
}

/// A tensor of a model.
public struct PlannedSource: Sendable, Hashable {
  /// Index in `MergePlan.models`.
  public var model: Int
  public var name: String
}

/// A tensor of a model with the number of the parameters that hold for it.
public struct PlannedInput: Sendable {
  public var source: PlannedSource
  public var parameters: Int
}
