import PluginAPI

/// Charges for responses outside a range of lengths:
/// score = −penalty · (max(0, n − target) + max(0, minimum − n)).
struct LengthReward: RewardModel {
  static let name = "length"
  static let summary = "Charges for responses longer than a target, or shorter than a minimum."

  enum Unit: String, OptionChoice { case words, characters, tokens }

  struct Options: PluginOptions {
    @Setting("Longest length that costs nothing, in units.", in: 0...) var target = 256
    @Setting("Shortest length that costs nothing, in units.", in: 0...) var minimum = 0
    @Setting("Score lost for each unit outside.", in: 0.0...) var penalty = 0.01
    @Setting("What is counted; tokens are those of the model that wrote the response.")
    var unit = Unit.words
  }

  private let options: Options

  init(_ options: Options) throws {
    guard options.minimum <= options.target else {
      throw OptionError("minimum", options.minimum, "must not be above target, \(options.target)")
    }
    self.options = options
  }

  /// One score ≤ 0 per completion; NaN where tokens are counted and none are known.
  func scores(_ batch: [Completion]) -> [Float] {
    batch.map { completion in
      guard let length = length(of: completion) else { return .nan }
      let outside = max(0, length - options.target) + max(0, options.minimum - length)
      return -Float(options.penalty * Double(outside))
    }
  }

  private func length(of completion: Completion) -> Int? {
    switch options.unit {
    case .words: return completion.response.split(whereSeparator: \.isWhitespace).count
    case .characters: return completion.response.count
    case .tokens:
      // A recorded response has text and no tokens.
      let isUnknown = completion.tokenIDs.isEmpty && !completion.response.isEmpty
      return isUnknown ? nil : completion.tokenIDs.count
    }
  }
}

@c(crucible_plugin_Length)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Length", version: "1.0.0", summary: LengthReward.summary, rewards: [LengthReward.self])
}
