import PluginAPI

/// Which completions a reward gets together: a bounded number at a time, and never a part of a
/// prompt's completions where the reward compares them.
struct JudgingBatches {
  /// Indices of completions, batch by batch.
  private(set) var rows: [[Int]] = []

  /// Completions in all batches.
  var rowCount: Int { rows.reduce(0) { $0 + $1.count } }

  /// Batches of all `completions`.
  init(_ completions: [Completion], for reward: some RewardModel) {
    let limit = reward.rowsPerCall
    switch reward.scope {
    case .response: pack(completions.indices.map { [$0] }, limit)
    case .prompt: pack(Self.groups(completions), limit)
    }
  }

  /// Batches of the completions at `missing`: equal keys are judged once, or with their groups.
  init(
    _ completions: [Completion], keys: [ScoreKey], missing: [Int], for reward: some RewardModel
  ) {
    let limit = reward.rowsPerCall
    switch reward.scope {
    case .response:
      var seen: Set<ScoreKey> = []
      pack(missing.filter { seen.insert(keys[$0]).inserted }.map { [$0] }, limit)
    case .prompt:
      let wanted = Set(missing)
      let groups = Self.groups(completions).filter { !wanted.isDisjoint(with: $0) }
      pack(groups, limit)
    }
  }

  /// Completions of each prompt, in the order in which prompts first come.
  private static func groups(_ completions: [Completion]) -> [[Int]] {
    var places: [PromptGroup: Int] = [:]
    var groups: [[Int]] = []
    for (index, completion) in completions.enumerated() {
      let group = PromptGroup(completion)
      if let place = places[group] {
        groups[place].append(index)
      } else {
        places[group] = groups.count
        groups.append([index])
      }
    }
    return groups
  }

  private mutating func pack(_ units: [[Int]], _ limit: Int) {
    for unit in units {
      if let last = rows.last, last.count + unit.count <= limit {
        rows[rows.count - 1] += unit
      } else {
        rows.append(unit)
      }
    }
  }
}

/// What completions of one prompt have in common.
struct PromptGroup: Hashable {
  private let id: String
  private let place: String

  init(_ completion: Completion) {
    id = completion.prompt.id
    place = completion.prompt.place
  }
}
