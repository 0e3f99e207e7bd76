import PluginAPI
import Testing

@testable import Host

struct JudgingBatchesTests {
  private func completions(_ prompts: [String]) -> [Completion] {
    prompts.enumerated().map { index, prompt in
      Completion(prompt: Prompt(id: prompt, messages: []), response: "\(index)")
    }
  }

  @Test func cutsRowsThatStandForThemselves() {
    let batches = JudgingBatches(completions(["a", "b", "a"]), .response, rowsPerBatch: 2)
    #expect(batches.rows == [[0, 1], [2]] && batches.rowCount == 3)
  }

  @Test func neverCutsAPrompt() {
    let batches = JudgingBatches(completions(["a", "b", "a", "c", "a"]), .prompt, rowsPerBatch: 2)
    #expect(batches.rows == [[0, 2, 4], [1, 3]])
  }

  @Test func judgesEqualKeysOnceAndGroupsWhole() {
    let rows = completions(["a", "a", "b"])
    let keys = ["x", "x", "y"].map { ScoreKey(reward: "r", prompt: "p", response: $0) }
    let single = JudgingBatches(rows, keys: keys, missing: [0, 1, 2], .response)
    #expect(single.rows == [[0, 2]])
    #expect(JudgingBatches(rows, keys: keys, missing: [1], .prompt).rows == [[0, 1]])
  }

  @Test func batchesAreFoundAgainAsGroups() {
    let rows = completions(["a", "b", "a"])
    let batch = JudgingBatches(rows, .prompt).rows[0].map { rows[$0] }
    #expect(batch.groupedByPrompt() == [0..<2, 2..<3])
  }
}
