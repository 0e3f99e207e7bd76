import PluginAPI
import Synchronization
import Testing

@testable import Host

/// Scores by a rule given in the test, and remembers what it was asked.
private final class Asked: ExplainingReward {
  static let name = "asked"
  static let summary = "A rule of a test."
  let scope: RewardScope
  private let batches = Mutex<[[String]]>([])
  private let rule: @Sendable (Completion) -> RewardScore

  init(_ options: NoOptions = NoOptions()) {
    scope = .response
    rule = { _ in RewardScore(0) }
  }

  init(_ scope: RewardScope, _ rule: @escaping @Sendable (Completion) -> RewardScore) {
    (self.scope, self.rule) = (scope, rule)
  }

  /// The responses of every batch so far.
  var asked: [[String]] { batches.withLock { $0 } }

  func judge(_ batch: [Completion]) -> [RewardScore] {
    batches.withLock { $0.append(batch.map(\.response)) }
    return batch.map(rule)
  }
}

struct ScoreServiceTests {
  private func completions(_ rows: [(prompt: String, response: String)]) -> [Completion] {
    rows.map { Completion(prompt: Prompt(id: $0.prompt, messages: []), response: $0.response) }
  }

  private func judged(
    _ reward: Asked, _ completions: [Completion], store folder: String
  ) throws -> [Double] {
    let handle = RewardHandle(name: "asked", weight: 2, model: reward, options: "{}", library: "")
    let service = ScoreService(
      rewards: [handle], store: try WorkspaceStore(path: "\(folder)/store.sqlite"),
      console: Console(settings: .standardError, write: { _ in }))
    return try service.judgements(completions, what: "answers").totals
  }

  @Test func equalResponsesAreJudgedOnceAndStored() throws {
    try withTemporaryFolder { (folder: String) throws in
      let reward = Asked(.response) { RewardScore(Float($0.response.count)) }
      let rows = completions([("p", "a"), ("p", "bb"), ("p", "a")])
      for _ in 0..<2 {
        let scores = try judged(reward, rows, store: folder)
        #expect(scores == [2, 4, 2])
      }
      #expect(reward.asked == [["a", "bb"]])
    }
  }

  /// Few failures among many rows stay few when all the others come from the store.
  @Test func failuresAreComparedWithAllRows() throws {
    try withTemporaryFolder { folder in
      let reward = Asked(.response) {
        $0.response.isEmpty ? RewardScore(failure: "nothing there") : RewardScore(1)
      }
      let rows = completions([("p", "a"), ("p", "b"), ("p", "")])
      for _ in 0..<2 {
        let scores = try judged(reward, rows, store: folder)
        #expect(scores[0] == 2 && scores[2].isNaN)
      }
      #expect(reward.asked.last == [""], "only the failed one again")
      let problem = #expect(throws: Problem.self) {
        try judged(reward, completions([("q", "")]), store: folder)
      }
      #expect(problem?.what.contains("(the first: nothing there)") == true)
    }
  }

  @Test func whoComparesSeesWholePrompts() throws {
    try withTemporaryFolder { folder in
      let reward = Asked(.prompt) { RewardScore(Float($0.response.count)) }
      let rows = completions([("p", "a"), ("q", "x"), ("p", "bb")])
      #expect(try judged(reward, rows, store: folder) == [2, 2, 4])
      // The same responses are the same group; with one more it is another.
      _ = try judged(reward, rows, store: folder)
      let more = rows + completions([("p", "ccc")])
      #expect(try judged(reward, more, store: folder) == [2, 2, 4, 6])
      #expect(reward.asked == [["a", "bb", "x"], ["a", "bb", "ccc"]])
    }
  }
}
