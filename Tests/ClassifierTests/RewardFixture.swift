import Foundation
import PluginAPI
import TestSupport

@testable import Classifier

/// A tiny checkpoint of Tests/Fixtures/rewards with what torch computes of it.
struct RewardFixture {
  struct Row {
    var completion: Completion
    var expected: JSON

    func numbers(_ key: String) -> [Double] {
      expected[key]?.array?.compactMap(\.double) ?? []
    }
  }

  let path: String
  let rows: [Row]

  init(_ name: String) throws {
    path = repositoryRoot.appendingPathComponent("Tests/Fixtures/rewards/\(name)").path
    rows =
      try JSON.parse(file: path + "/expected.json").array?.map { row in
        let turns = (row["prompt"]?.array ?? []).map {
          Message(role: $0["role"]?.string ?? "", content: $0["content"]?.string ?? "")
        }
        return Row(
          completion: Completion(
            prompt: Prompt(id: "p", messages: turns), response: row["response"]?.string ?? ""),
          expected: row)
      } ?? []
  }

  var batch: [Completion] { rows.map(\.completion) }

  func reward(
    _ change: (inout ClassifierReward.Options) -> Void = { _ in }
  ) throws -> ClassifierReward {
    var options = ClassifierReward.Options()
    options.model = FilePath(path)
    change(&options)
    return try ClassifierReward(options)
  }
}

/// Within 1e-4, relative for numbers above 1: weights in float16 are exact on both sides, sums in
/// float32 are not.
func isClose(_ found: Float, _ wanted: Double) -> Bool {
  abs(Double(found) - wanted) <= 1e-4 * max(1, abs(wanted))
}
