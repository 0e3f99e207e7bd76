/// A rule that makes each tensor of a merged model out of the tensors that its inputs have in that
/// place.
///
/// `Options` are the parameters that hold for a tensor (`t`, `lambda`, `normalize`), `Input` those
/// that every input has for itself (`weight`, `density`). Both are declared with `@Setting` under
/// the names that configs use; gradients over layers, filters and the levels of a config are
/// resolved before a rule sees its numbers, tensor by tensor. One rule is made for every different
/// set of options and is used for many tensors.
///
/// A rule gets laziness, threads, precision, output and resuming from its host: it reads the
/// inputs block by block through `TensorMerge` and writes the result the same way.
public protocol MergeMethod: Plugin {
  associatedtype Input: PluginOptions = NoOptions

  /// Which inputs the rule works with; checked before any tensor is read.
  static var contract: MergeContract { get }

  /// Whether it holds whole tensors in memory (decompositions) instead of a block at a time; tells
  /// people what a merge will need. The default is false.
  static var holdsWholeTensors: Bool { get }

  /// Makes one output tensor: calls exactly one of the writing methods of `tensor`. Every input
  /// tensor has the same shape and floating-point elements; there is at least one element.
  /// Must not depend on which tensors came before. [any thread, concurrently]
  func merge(_ tensor: TensorMerge<Input>) throws
}

extension MergeMethod {
  public static var holdsWholeTensors: Bool { false }
}

/// What a merge method needs of the inputs of a merge.
public struct MergeContract: Sendable, Equatable {
  public enum Base: Sendable, Equatable {
    /// A base model is one more input.
    case ignored
    case optional
    case required
  }

  /// What happens to a tensor that some inputs lack because it is optional (a head that is tied to
  /// the embedding, a bias).
  public enum Missing: Sendable, Equatable {
    /// Those that have it are merged.
    case mergePresent
    /// A single one is copied.
    case copySingle
    /// Where only the base has it, it is copied.
    case copyBase
    /// The base must have it; those of the others that have it are merged.
    case needBase
    /// Too few: the base alone is copied, the others are dropped.
    case copyBaseOrDrop
  }

  public var base: Base
  /// How many inputs besides the base.
  public var inputs: ClosedRange<Int>
  public var missing: Missing
  /// Keys of `Options` and `Input` that a config must set.
  public var required: Set<String>

  public init(
    base: Base, inputs: ClosedRange<Int> = 1...1000, missing: Missing, required: Set<String> = []
  ) {
    self.base = base
    self.inputs = inputs
    self.missing = missing
    self.required = required
  }
}
