/// Judges responses: the higher a score, the better.
public protocol RewardModel: Plugin {
  /// One score per completion, in batch order. NaN says that this row could not be judged: the
  /// host counts it as failed and leaves it out. Throw only when no row can be judged.
  ///
  /// The host batches, caches by content, and keeps statistics.
  /// [any thread, one call at a time]
  func scores(_ batch: [Completion]) throws -> [Float]

  /// Text that changes whenever the same completion may get another score (options, weights of a
  /// model): part of the key under which scores are stored, beside the plugin's library and the options
  /// as the recipe writes them. The default is empty.
  /// [main thread]
  var identity: String { get throws }

  /// What a score depends on. The default is the completion alone.
  /// [main thread]
  var scope: RewardScope { get }

  /// About how many completions a call should get. Few where each takes long: between calls the
  /// host shows progress, stores scores and can be stopped. Completions of a prompt that are
  /// compared stay together all the same. The default is 256.
  /// [main thread]
  var rowsPerCall: Int { get }
}

extension RewardModel {
  public var identity: String { "" }
  public var scope: RewardScope { .response }
  public var rowsPerCall: Int { 256 }
}

/// What the score of a completion depends on.
public enum RewardScope: Sendable {
  /// The completion alone.
  case response
  /// The other completions of its prompt too. The host then gives all of them in one batch, one
  /// after another (several prompts may share a batch, see `groupedByPrompt()`), and stores the
  /// scores of a group under the whole of it.
  case prompt
}

/// A response to a prompt, as rewards see it.
public struct Completion: Sendable {
  public var prompt: Prompt
  public var response: String
  /// The response in the tokens of the model that wrote it; empty when that is not known.
  public var tokenIDs: [Int32]
  /// Name of the model that wrote it.
  public var modelName: String

  public init(prompt: Prompt, response: String, tokenIDs: [Int32] = [], modelName: String = "") {
    self.prompt = prompt
    self.response = response
    self.tokenIDs = tokenIDs
    self.modelName = modelName
  }
}

extension [Completion] {
  /// The runs of completions that answer the same prompt (same id, place and turns), in order.
  public func groupedByPrompt() -> [Range<Int>] {
    var groups: [Range<Int>] = []
    for index in indices {
      if let last = groups.last, self[last.lowerBound].prompt.isSame(as: self[index].prompt) {
        groups[groups.count - 1] = last.lowerBound..<index + 1
      } else {
        groups.append(index..<index + 1)
      }
    }
    return groups
  }
}
