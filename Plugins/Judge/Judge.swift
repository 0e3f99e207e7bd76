import PluginAPI

/// A language model as a reward: it rates a response, answers yes/no questions about it, or
/// compares it with the other responses of its prompt.
final class JudgeReward: ExplainingReward {
  static let name = "judge"
  static let summary = "A language model rates, questions or compares responses."

  private let options: JudgeOptions
  private let method: any JudgingMethod
  private let handle: ModelHandle
  private let model: JudgingModel

  init(_ options: JudgeOptions) throws {
    guard let handle = options.model else {
      throw OptionError("model", "none", "the judge is needed: a path, or a mapping as in sources")
    }
    self.options = options
    self.handle = handle
    model = JudgingModel(handle: handle, reading: options.read, maxTokens: options.maxTokens)
    method =
      switch options.mode {
      case .pointwise: try RatingMethod(options)
      case .questions: try QuestionMethod(options)
      case .pairwise: try PairMethod(options)
      }
  }

  var scope: RewardScope { method.scope }

  /// A row may take a second.
  let rowsPerCall = 16

  var identity: String {
    get throws {
      let shots = JSON.array(handle.fewShot.map(\.json)).serialized()
      let reading = options.read.map(\.rawValue) ?? "by the model"
      return SHA256.hex(
        of: [
          "judge 1", try handle.open().identity, shots, "\(options.mode) \(reading)",
          "\(options.maxTokens)", try method.identity,
        ].joined(separator: "\n"))
    }
  }

  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let scores = try method.judge(batch, with: model)
    if let path = options.report?.path { try method.statistics.write(to: path) }
    return scores
  }
}

/// One way to judge responses with a model.
protocol JudgingMethod: Sendable {
  var scope: RewardScope { get }
  /// Everything but the model that a score depends on.
  var identity: String { get throws }
  /// One score a completion, in order.
  func judge(_ batch: [Completion], with model: JudgingModel) throws -> [RewardScore]
  /// What is known of the judge after all batches so far.
  var statistics: JSON { get }
}

extension JSON {
  /// The value as a file that appears whole.
  fileprivate func write(to path: String) throws {
    let file = try AtomicFile(path: path)
    try file.write(serialized(pretty: true) + "\n")
    try file.commit()
  }
}

@c(crucible_plugin_Judge)
public func entry() -> UnsafeRawPointer {
  manifest("Judge", version: "1.0.0", summary: JudgeReward.summary, rewards: [JudgeReward.self])
}
