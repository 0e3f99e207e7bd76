import PluginAPI

/// Several rewards as one: normalised, then combined.
final class EnsembleReward: ExplainingReward {
  static let name = "ensemble"
  static let summary =
    "Several rewards as one: normalised per prompt, mean, worst case or less spread."

  struct Options: PluginOptions {
    @Setting("The members, each as in a recipe's rewards, with its weight.")
    var rewards: [RewardHandle] = []
    @Setting("How a member's scores of a prompt's responses are made comparable.")
    var normalise = Normalisation.none
    @Setting("How the members become one score.") var combine = Combination.mean
    @Setting("With combine: cautious, deviations taken off the mean.", in: 0.0...)
    var uncertainty = 1.0
    @Setting("What happens where a member could not judge: the row fails, or the others count.")
    var missing = Missing.fail
  }

  enum Missing: String, OptionChoice { case fail, skip }

  private let options: Options
  private var members: [RewardHandle] { options.rewards }

  init(_ options: Options) throws {
    guard !options.rewards.isEmpty else {
      throw OptionError("rewards", "[]", "must name at least one reward")
    }
    let weights = options.rewards.map(\.weight)
    guard options.combine.allowsNegativeWeights || weights.allSatisfy({ $0 >= 0 }) else {
      throw OptionError("combine", options.combine.rawValue, "needs weights of at least 0")
    }
    guard options.combine == .sum || weights.reduce(0, +) > 0 else {
      throw OptionError("rewards", weights, "must have weights with a sum above 0")
    }
    self.options = options
  }

  var identity: String {
    get throws { try members.map { try $0.identity }.joined(separator: "\n") }
  }

  /// Of the prompt when scores are normalised over its responses, or a member compares them.
  var scope: RewardScope {
    options.normalise == .none && members.allSatisfy { $0.model.scope == .response }
      ? .response : .prompt
  }

  /// As few as the slowest member wants.
  var rowsPerCall: Int { members.map(\.model.rowsPerCall).min() ?? 256 }

  /// One score per completion; its parts are the members' scores, before normalisation.
  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let judged = try members.map { try $0.judge(batch) }
    let groups = scope == .prompt ? batch.groupedByPrompt() : [batch.indices]
    let columns = judged.map { scores in
      options.normalise.normalised(scores.map { Double($0.value) }, groups: groups)
    }
    return batch.indices.map { row in
      combined(columns.map { $0[row] }, judged.map { $0[row] })
    }
  }

  private func combined(_ values: [Double], _ judged: [RewardScore]) -> RewardScore {
    let parts = zip(members, judged).map { (name: $0.name, value: $1.value) }
    // A member without weight decides nothing, but for sums, whose weights may cancel.
    let present = values.indices.filter {
      values[$0].isFinite && (options.combine == .sum || members[$0].weight > 0)
    }
    if present.isEmpty || (options.missing == .fail && values.contains { !$0.isFinite }) {
      let absent = values.indices.first { !values[$0].isFinite } ?? 0
      let reason = judged[absent].failure.map { ": \($0)" } ?? ""
      var score = RewardScore(failure: "\(members[absent].name) could not judge it\(reason)")
      score.parts = parts
      return score
    }
    let value = options.combine.combined(
      present.map { values[$0] }, weights: present.map { members[$0].weight },
      uncertainty: options.uncertainty)
    return RewardScore(Float(value), parts: parts)
  }
}

@c(crucible_plugin_Ensemble)
public func entry() -> UnsafeRawPointer {
  manifest(
    "Ensemble", version: "1.0.0", summary: EnsembleReward.summary,
    rewards: [EnsembleReward.self])
}
