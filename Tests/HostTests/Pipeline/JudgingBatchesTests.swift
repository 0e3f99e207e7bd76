import PluginAPI
import Testing

@testable import Host

struct JudgingBatchesTests {
  private func completions(_ prompts: [String]) -> [Completion] {
    prompts.enumerated().map { index, prompt in
      Completion(prompt: Prompt(id: prompt, messages: []), response: "\(index)")
    }
  }

  private struct Reward: RewardModel {
    static let name = "reward"
    static let summary = "A reward that judges nothing."
    let scope: RewardScope
    let rowsPerCall: Int
    init(_ scope: RewardScope, rows: Int = 256) { (self.scope, rowsPerCall) = (scope, rows) }
    init(_ options: NoOptions) { self.init(.response) }
    func scores(_ batch: [Completion]) -> [Float] { batch.map { _ in 0 } }
  }

  @Test func cutsRowsThatStandForThemselves() {
    let batches = JudgingBatches(completions(["a", "b", "a"]), for: Reward(.response, rows: 2))
    #expect(batches.rows == [[0, 1], [2]] && batches.rowCount == 3)
  }

  @Test func neverCutsAPrompt() {
    let batches = JudgingBatches(
      completions(["a", "b", "a", "c", "a"]), for: Reward(.prompt, rows: 2))
    #expect(batches.rows == [[0, 2, 4], [1, 3]])
  }

  @Test func judgesEqualKeysOnceAndGroupsWhole() {
    let rows = completions(["a", "a", "b"])
    let keys = ["x", "x", "y"].map { ScoreKey(reward: "r", prompt: "p", response: $0) }
    let single = JudgingBatches(rows, keys: keys, missing: [0, 1, 2], for: Reward(.response))
    #expect(single.rows == [[0, 2]])
    #expect(JudgingBatches(rows, keys: keys, missing: [1], for: Reward(.prompt)).rows == [[0, 1]])
  }

  @Test func batchesAreFoundAgainAsGroups() {
    let rows = completions(["a", "b", "a"])
    let batch = JudgingBatches(rows, for: Reward(.prompt)).rows[0].map { rows[$0] }
    #expect(batch.groupedByPrompt() == [0..<2, 2..<3])
  }
}
