/// A model that answers.
///
/// A model is used from one thread at a time; heavy compute runs on the core's own pool.
public protocol LanguageModel: AnyObject, Sendable {
  /// Changes whenever the same request may get another answer (a hash of the weights): part of
  /// the key under which responses are stored.
  var identity: String { get }

  /// Responses to every request, in order. A model that has fewer than asked for (recorded
  /// answers) returns fewer. `progress` hears of every finished response and the tokens it took;
  /// it throws to stop the work. [any thread, one call at a time]
  func generate(
    _ requests: [GenerationRequest], settings: SamplingSettings,
    progress: (_ finished: Int, _ tokens: Int) throws -> Void
  ) throws -> [[Generation]]
}

/// What to answer, and how often.
public struct GenerationRequest: Sendable {
  public var messages: [Message]
  /// Which samples to draw: sample k of a prompt is the same text whoever asks and whatever else
  /// is asked, because its random numbers are keyed by (`seed`, messages, k).
  public var samples: [Int]
  public var seed: UInt64

  public init(messages: [Message], samples: [Int], seed: UInt64) {
    self.messages = messages
    self.samples = samples
    self.seed = seed
  }
}

/// A model whose weights can be trained here and written.
public protocol TrainableModel: LanguageModel {
  /// The decoder with its tokenizer and template: what trainers work on. Training needs f32
  /// masters, see `LoadedModel.makeTrainable()`.
  var loaded: LoadedModel { get }
}
