/// One merge: a document of a mergekit config, read and checked as far as that goes without
/// opening a model.
public struct MergeDocument: Sendable {
  /// What other documents call its result; nil for the final one.
  public var name: String?
  public var method: String
  public var baseModel: MergeModelReference?
  public var modules: [MergeModule]
  public var parameters: ParameterMap
  /// What every input is rounded to before the method sees it; nil leaves them as they are.
  public var dtype: DType?
  /// Of the written tensors; nil writes the compute type.
  public var outputDType: DType?
  public var tokenizer: TokenizerSection?
  public var chatTemplate: String?
  /// Does as mergekit 0.1.5 where that is known to spoil a merge.
  public var followsMergekit: Bool
  public var marks: Marks
  /// The document as it was written.
  public var node: YAMLNode

  /// Where keys stand, for messages.
  public struct Marks: Sendable {
    public var method: String
    public var baseModel: String
    public var chatTemplate: String
  }

  /// Every model the document names, in the order of the file; the base last unless it is named
  /// among the inputs.
  public var models: [MergeModelReference] {
    var seen: Set<MergeModelReference> = []
    let inputs = modules.flatMap(\.slices).flatMap(\.sources).map(\.model)
    let bases = [baseModel] + modules.flatMap(\.slices).map(\.baseModel)
    let others = tokenizer?.models ?? []
    return (inputs + bases.compactMap { $0 } + others).filter { seen.insert($0).inserted }
  }
}

extension MergeDocument {
  /// Where the document names `model`, nil where only a token of its vocabulary does.
  func place(of model: MergeModelReference) -> String? {
    let entries = modules.flatMap(\.slices).flatMap(\.sources)
    return entries.first { $0.model == model }?.place
      ?? (model == baseModel ? marks.baseModel : nil)
  }
}

/// A stack of layers of the output, made of slices on top of each other.
public struct MergeModule: Sendable {
  /// nil: every stack that the models have.
  public var name: String?
  public var slices: [MergeSlice]
  public var parameters: ParameterMap
  /// Written as `models`: one slice over all layers.
  public var isWhole: Bool
}

/// Layers of the output that are made from as many layers of each source.
public struct MergeSlice: Sendable {
  public var sources: [MergeEntry]
  /// In place of the document's, for this slice.
  public var baseModel: MergeModelReference?
  public var parameters: ParameterMap
  public var place: String
}

/// A model's part in a slice.
public struct MergeEntry: Sendable {
  public var model: MergeModelReference
  /// nil: all its layers.
  public var layers: Range<Int>?
  public var parameters: ParameterMap
  public var place: String
}

/// What the `tokenizer` section asks for.
public struct TokenizerSection: Sendable {
  public enum Source: Sendable, Equatable {
    case union, base
    case model(MergeModelReference)
  }

  public struct Token: Sendable {
    public enum Row: Sendable, Equatable {
      case zero
      /// The model's own row of the token.
      case model(MergeModelReference)
      case token(MergeModelReference, text: String)
      case id(MergeModelReference, Int)
    }

    public var text: String
    public var row: Row?
    public var isForced: Bool
    public var place: String
  }

  public var source: Source
  public var tokens: [Token]
  public var padToMultipleOf: Int?
  public var place: String

  var models: [MergeModelReference] {
    var models: [MergeModelReference] = []
    if case .model(let model) = source { models.append(model) }
    for token in tokens {
      switch token.row {
      case .model(let model), .token(let model, _), .id(let model, _): models.append(model)
      case .zero, nil: break
      }
    }
    return models
  }
}
