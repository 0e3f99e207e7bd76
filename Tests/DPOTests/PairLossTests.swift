import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import DPO

private let casesFile = shared("goldens/wrpo/pair_loss_cases.json")

@Suite struct PairLossTests {
  @Test(.enabled(if: casesFile != nil)) func matchesReferenceImplementations() throws {
    let file = try #require(casesFile)
    let cases = try #require(try JSON.parse([UInt8](Data(contentsOf: file)), source: "cases").array)
    #expect(cases.count == 22)
    for item in cases {
      let name = try #require(item["loss_type"]?.string)
      let loss = try #require(PairLoss(rawValue: name))
      let objective = DPOObjective(
        loss: loss, beta: try #require(item["beta"]?.double),
        labelSmoothing: item["label_smoothing"]?.double ?? 0,
        gammaBetaRatio: item["gamma_beta_ratio"]?.double ?? 0)
      let chosen = try numbers(item, "policy_chosen")
      let rejected = try numbers(item, "policy_rejected")
      let lengths = loss == .ipoAverage
      let chosenLengths = lengths ? try numbers(item, "len_chosen") : chosen.map { _ in 1 }
      let rejectedLengths = lengths ? try numbers(item, "len_rejected") : chosen.map { _ in 1 }
      let result = objective.evaluate(
        ObjectiveBatch(
          policy: zip(chosen, rejected).map { [$0, $1] },
          reference: zip(try numbers(item, "ref_chosen"), try numbers(item, "ref_rejected")).map {
            [$0, $1]
          },
          tokenCounts: zip(chosenLengths, rejectedLengths).map { [Int($0), Int($1)] }))
      let label = "\(name), case \(item["case"]?.int ?? -1)"
      expectClose([result.loss], [try #require(item["loss"]?.double)], "\(label): loss")
      expectClose(result.dPolicy.map { $0[0] }, try numbers(item, "grad_chosen"), "\(label): dw")
      expectClose(result.dPolicy.map { $0[1] }, try numbers(item, "grad_rejected"), "\(label): dl")
      let rewards = try numbers(item, "rewards_chosen")
      let logged = result.metrics.first { $0.name == "rewards/chosen" }?.value ?? .nan
      expectClose([logged], [rewards.reduce(0, +) / Double(rewards.count)], "\(label): reward")
    }
  }

  @Test(arguments: PairLoss.allCases) func gradientsMatchFiniteDifferences(loss: PairLoss) {
    let objective = DPOObjective(
      loss: loss, beta: 0.2, labelSmoothing: 0.1, gammaBetaRatio: 0.3)
    let policy = [[-30.0, -41], [-22.5, -20], [-55, -61.25]]
    let batch = ObjectiveBatch(
      policy: policy, reference: [[-33, -40], [-20, -21.5], [-57, -60]],
      tokenCounts: [[7, 9], [5, 4], [12, 13]])
    let exact = objective.evaluate(batch)
    let step = 1e-5
    for row in 0..<3 {
      for sequence in 0..<2 {
        var (up, down) = (batch, batch)
        up.policy[row][sequence] += step
        down.policy[row][sequence] -= step
        let slope = (objective.evaluate(up).loss - objective.evaluate(down).loss) / (2 * step)
        #expect(abs(slope - exact.dPolicy[row][sequence]) < 1e-7 * max(1, abs(slope)))
      }
    }
  }

  @Test func halfBatchesAddUpToTheWhole() {
    let objective = DPOObjective(loss: .sigmoid, beta: 0.1, labelSmoothing: 0, gammaBetaRatio: 0)
    let whole = ObjectiveBatch(
      policy: [[-30, -41], [-22, -20]], reference: [[-33, -40], [-20, -21]],
      tokenCounts: [[7, 9], [5, 4]])
    let halves = (0..<2).map { row in
      var half = ObjectiveBatch(
        policy: [whole.policy[row]], reference: [whole.reference[row]],
        tokenCounts: [whole.tokenCounts[row]])
      half.updateRows = 2
      return objective.evaluate(half)
    }
    #expect(abs(halves[0].loss + halves[1].loss - objective.evaluate(whole).loss) < 1e-15)
    #expect(halves.flatMap(\.dPolicy) == objective.evaluate(whole).dPolicy)
  }
}

private func numbers(_ item: JSON, _ key: String) throws -> [Double] {
  try #require(item[key]?.array, "\(key)").map { try #require($0.double) }
}

/// Relative to 1e-12, the goldens' precision in double.
private func expectClose(_ found: [Double], _ wanted: [Double], _ what: String) {
  #expect(found.count == wanted.count)
  for (a, b) in zip(found, wanted) {
    #expect(abs(a - b) <= 1e-12 * max(abs(b), 1e-3), "\(what): \(a), golden \(b)")
  }
}
