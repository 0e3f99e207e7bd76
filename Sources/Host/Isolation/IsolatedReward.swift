import Foundation
import PluginAPI
import Processes
import Synchronization

/// A reward plugin in a child of its own: what it does to its process (a trap, an endless loop, all
/// the memory) costs the rows it held, not the run.
///
/// One line a row; one line a prompt for rewards that compare the responses of a prompt.
final class IsolatedReward: ExplainingReward {
  static let name = "isolated"
  static let summary = "A reward plugin in a child process."

  let scope: RewardScope
  let rowsPerCall: Int
  /// SHA-256 of the plugin's library, as the child found it.
  let library: String
  private let workers: LineWorkers
  private let title: String
  private let known = Mutex<String?>(nil)

  /// Rows that lie in the child's pipe while it works on one.
  private static let window = 16
  /// A line may hold the parts of every response to a prompt.
  private static let lineLimit = 64 << 20

  init(_ options: NoOptions) throws {
    throw Problem(.badConfiguration, "write 'isolate: true' at a reward instead")
  }

  /// Loads the plugin in a child and checks its options there. Throws their faults, at their places
  /// in the recipe.
  init(
    _ specification: RewardSpecification, _ context: OptionContext, executable: String
  ) throws {
    title = "reward \(quoted(specification.plugin)) (isolated)"
    workers = LineWorkers(Self.settings(specification, context, title, executable))
    let greeting = try workers.greet()
    if let faults = Self.problems(greeting) { throw Problems(faults) }
    scope = greeting["scope"]?.string == "prompt" ? .prompt : .response
    library = greeting["library"]?.string ?? ""
    rowsPerCall = max(1, greeting["rows_per_call"]?.int.map { Int($0) } ?? 256)
  }

  private static func settings(
    _ specification: RewardSpecification, _ context: OptionContext, _ title: String,
    _ executable: String
  ) -> LineSettings {
    let limits = specification.isolation.limits
    var command = ProcessCommand([executable, IsolatedRewardCommand.name])
    command.environment = ProcessInfo.processInfo.environment
    // The report of a crash is its signal; a long backtrace would only delay it.
    command.environment?["SWIFT_BACKTRACE"] = "enable=no"
    command.limits.memoryBytes = limits.memoryMb.map { $0 * 1_000_000 }
    var settings = LineSettings(name: title, command: command)
    settings.workers = limits.workers
    settings.window = window
    settings.deadlineSeconds = limits.deadlineSeconds
    settings.startSeconds = limits.startSeconds
    settings.restarts = limits.restarts
    settings.lineLimit = lineLimit
    let node = specification.node.dropping(["isolate"])
    settings.greeting = ["reward": node.line, "folder": .string(context.folder)]
    return settings
  }

  var identity: String {
    get throws {
      try known.withLock { known in
        if let known { return known }
        let result = workers.answer([["ask": "identity"]])
        if let problem = result.problem { throw problem }
        guard case .reply(let reply) = result.answers[0] else {
          throw Problem(.badConfiguration, at: title, "does not give its identity")
        }
        if let faults = Self.problems(reply) { throw Problems(faults) }
        let text = reply["identity"]?.string ?? ""
        known = text
        return text
      }
    }
  }

  func judge(_ batch: [Completion]) throws -> [RewardScore] {
    let units = scope == .prompt ? batch.groupedByPrompt() : batch.indices.map { $0..<$0 + 1 }
    let result = workers.answer(
      units.map { ["rows": .array(batch[$0].map(\.line))] })
    var faults: [Problem] = []
    var stop = result.problem
    var scores: [RewardScore] = []
    for (unit, answer) in zip(units, result.answers) {
      if case .reply(let reply) = answer {
        try checkLibrary(reply)
        // Every row may say the same: once is enough.
        faults += (Self.problems(reply) ?? []).filter { !faults.contains($0) }
        if let line = reply["stopped"], line != .null { stop = stop ?? Problem(line: line) }
      }
      scores += Self.scores(answer, count: unit.count)
    }
    if !faults.isEmpty { throw Problems(faults) }
    if let stop { throw UnfinishedJudgement(scores, stop) }
    return scores
  }

  /// A child that was started again may have found another build of the plugin, whose scores do not
  /// belong to what was hashed.
  private func checkLibrary(_ reply: JSONObject) throws {
    guard let found = reply["library"]?.string, found != library else { return }
    throw Problem(
      .badConfiguration, at: title, "its library changed while it was used", hint: "run again")
  }

  private static func scores(_ answer: LineAnswer, count: Int) -> [RewardScore] {
    let reason: String
    switch answer {
    case .failure(let text): reason = text
    case .reply(let reply):
      let scores = (reply["scores"]?.array ?? []).map { RewardScore(line: $0) }
      if scores.count == count { return scores }
      reason = "the child gave no scores"
    }
    return Array(repeating: RewardScore(failure: reason), count: count)
  }

  private static func problems(_ reply: JSONObject) -> [Problem]? {
    reply["problems"]?.array.map { $0.map { Problem(line: $0) } }
  }
}
