public import Kernels

/// A decoder as data: which parts it is assembled from and how large they are.
///
/// Read from an HF `config.json` or from GGUF metadata by `DecoderConfig.read`, which checks every
/// rule that the forward pass relies on. Families differ only in the values here and in the names
/// of their weights.
public struct DecoderConfig: Sendable, Equatable {
  /// `model_type` of the family: `llama`, `gemma3_text`, ...
  public var modelType: String
  public var output: Output
  public var vocabularySize: Int
  /// Model width C.
  public var width: Int
  /// Positions the model was trained for. Longer input is possible where positions are rotary.
  public var maximumLength: Int
  public var specialTokens: SpecialTokens
  public var embedding: Embedding
  public var norm: Norm
  public var normPlacement: NormPlacement
  /// Attention and MLP read the same residual stream and are added together (GPT-NeoX).
  public var isParallel: Bool
  public var attention: Attention
  /// Rotary tables; layers point into this list. Empty without rotary positions.
  public var ropes: [Rope]
  public var mlp: MLP
  public var layers: [Layer]
  /// Factor on the output of attention and MLP before the residual addition.
  public var residualScale: Float
  /// Factor on the logits.
  public var logitScale: Float
  /// Cap c of the final logits: c * tanh(x / c). Scores of classifiers are never capped.
  public var logitSoftcap: Float?
  /// The output head is the token embedding.
  public var isHeadTied: Bool
  /// The score head has a bias. No config says so: the weights have one or not.
  public var hasScoreBias = false

  /// What comes out after the final norm.
  public enum Output: Sendable, Equatable {
    /// Logits over the vocabulary.
    case tokens
    /// One score a label, taken at the last token that is not padding.
    case scores(labels: Int)
    /// One score: regression heads at the last token that is not padding, weighed by a gate that
    /// reads the end of the prompt.
    case gatedObjectives(GatedHead)
  }

  /// The head of ArmoRM ("Interpretable preferences via multi-objective reward modeling and
  /// mixture-of-experts", 2024): score = Σ gate(prompt) · (objectives × transform), where the
  /// gate is scale · softmax(MLP / temperature).
  public struct GatedHead: Sendable, Equatable {
    public var objectives: Int
    /// Layers of the gate's MLP before its last, each followed by ReLU, and their width.
    public var hiddenLayers: Int
    public var hiddenWidth: Int
    public var temperature: Float
  }

  public struct SpecialTokens: Sendable, Equatable {
    public var bos: Int?
    public var eos: [Int]
    public var pad: Int?
  }

  public struct Embedding: Sendable, Equatable {
    /// Factor on every token embedding.
    public var scale: Float
    /// Rows of the table of learned positions, nil without one.
    public var learnedPositions: Int?
  }

  public struct Norm: Sendable, Equatable {
    public enum Kind: Sendable, Equatable { case rms, layer }
    public var kind: Kind
    public var epsilon: Float
    /// The weight is stored as the distance from 1.
    public var hasUnitOffset: Bool
    public var hasBias: Bool { kind == .layer }
  }

  public enum NormPlacement: Sendable, Equatable {
    /// Before attention and MLP.
    case before
    /// After attention and MLP, before the residual addition.
    case after
    case around

    var isBefore: Bool { self != .after }
    var isAfter: Bool { self != .before }
  }

  public struct Attention: Sendable, Equatable {
    public enum HeadNorm: Sendable, Equatable {
      case none
      /// RMS norm of queries and keys over each head.
      case perHead
      /// RMS norm over the whole projection, all heads together.
      case fullWidth
    }
    public var heads: Int
    public var kvHeads: Int
    public var headWidth: Int
    /// Factor on the scores before the mask.
    public var scale: Float
    public var hasInputBias: Bool
    public var hasOutputBias: Bool
    public var headNorm: HeadNorm
    /// Cap of the scores, before the mask.
    public var softcap: Float?

    public var queryWidth: Int { heads * headWidth }
    public var keyWidth: Int { kvHeads * headWidth }
  }

  public struct MLP: Sendable, Equatable {
    public var width: Int
    /// activation(gate(x)) * up(x), instead of activation(up(x)).
    public var isGated: Bool
    public var activation: Activation
    public var hasBias: Bool
  }

  public struct Layer: Sendable, Equatable {
    /// A query sees itself and the `window - 1` tokens before it; nil: all.
    public var window: Int?
    /// Index into `ropes`; nil without rotary positions.
    public var rope: Int?
  }
}
