public import PluginAPI

/// A mixture of experts to be made of dense models: what a `mergekit-moe` YAML file says.
public struct MixtureConfig: Sendable {
  /// A dense model whose MLPs become one expert of every layer.
  public struct Expert: Sendable {
    /// As written: a path or a name.
    public var model: String
    public var positivePrompts: [String] = []
    public var negativePrompts: [String] = []
    /// Deviation of the normal noise that is added to its weights.
    public var noiseScale: Double?
    /// Factor on its down projections.
    public var residualScale: Double?
    /// `FILE:LINE:COLUMN`.
    public var place: String

    public init(model: String, place: String = "") { (self.model, self.place) = (model, place) }
  }

  /// How the router's vectors are made.
  public enum GateMode: String, Sendable, CaseIterable {
    /// Hidden states entering each layer at the last token of the prompts.
    case hidden
    case hiddenLast = "hidden_last"
    /// Hidden states averaged over all tokens of the prompts.
    case hiddenAverage = "hidden_avg"
    /// Token embeddings of the prompts, the same for all layers.
    case cheapEmbed = "cheap_embed"
    case random
    case uniformRandom = "uniform_random"

    var needsPrompts: Bool { self != .random && self != .uniformRandom }
  }

  public var baseModel: String
  public var experts: [Expert]
  public var sharedExpert: Expert?
  public var gateMode = GateMode.hidden
  /// Of the written tensors: f32, bf16 or f16; nil: as the base says.
  public var dtype: DType?
  public var expertsPerToken = 2
  /// nil: the first that the inputs allow.
  public var architecture: MixtureArchitecture?
  /// `FILE:LINE:COLUMN` of the base model.
  public var basePlace = ""
  /// Text of the file, which is kept beside the result.
  public var text: String?

  public init(baseModel: String, experts: [Expert]) {
    self.baseModel = baseModel
    self.experts = experts
  }
}

/// Names of the tensors that experts are written as.
public enum MixtureLayout: String, Sendable, CaseIterable {
  /// Current transformers: all experts of a layer stacked, gate above up.
  case fused
  /// Older loaders: every matrix of every expert by itself.
  case legacy
}
