import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import WRPO

private let casesFile = shared("goldens/wrpo/loss_cases.json")
private let scheduleFile = shared("goldens/wrpo/alpha_schedule.json")

@Suite struct WRPOObjectiveTests {
  @Test(.enabled(if: casesFile != nil)) func matchesTheAuthorsCode() throws {
    let cases = try #require(try parse(casesFile).array)
    #expect(cases.count == 12)
    for item in cases {
      let name = try #require(item["loss_type"]?.string)
      let objective = WRPOObjective(
        loss: try #require(WRPOLoss(rawValue: name)),
        beta: try #require(item["beta"]?.double),
        alpha: AlphaSchedule(end: try #require(item["alpha"]?.double), isDynamic: false),
        labelSmoothing: try #require(item["label_smoothing"]?.double),
        isLengthNormalised: false, gammaBetaRatio: 0)
      let result = objective.evaluate(try batch(item))
      let label = "case \(item["case"]?.int ?? -1)"
      expectClose([result.loss], [try #require(item["loss"]?.double)], "\(label): loss")
      for (column, key) in ["grad_ws", "grad_wt", "grad_l"].enumerated() {
        expectClose(result.dPolicy.map { $0[column] }, try numbers(item, key), "\(label): \(key)")
      }
      let metrics = Dictionary(uniqueKeysWithValues: result.metrics.map { ($0.name, $0.value) })
      let logged = [
        "rewards/source_chosen": mean(try numbers(item, "rewards_ws")),
        "rewards/target_chosen": mean(try numbers(item, "rewards_wt")),
        "rewards/chosen": mean(try numbers(item, "rewards_weighted")),
        "rewards/rejected": mean(try numbers(item, "rewards_l")),
        "rewards/margins": try #require(item["margin"]?.double),
        "rewards/accuracies": try #require(item["accuracy"]?.double),
        "rewards/source_accuracies": try #require(item["accuracy_ws"]?.double),
        "rewards/pivot_accuracies": try #require(item["accuracy_wt_rowwise"]?.double),
      ]
      for (name, wanted) in logged {
        expectClose([metrics[name] ?? .nan], [wanted], "\(label): \(name)")
      }
    }
  }

  @Test(.enabled(if: scheduleFile != nil)) func alphaFollowsTheAuthorsSchedule() throws {
    for item in try #require(parse(scheduleFile).array) {
      let schedule = AlphaSchedule(end: try #require(item["alpha"]?.double), isDynamic: true)
      let total = try #require(item["total_steps"]?.int)
      for (step, wanted) in try numbers(item, "values").enumerated() {
        let progress = TrainingProgress(step: step, totalSteps: total)
        #expect(schedule.alpha(progress) == wanted)
      }
    }
  }

  @Test func alphaOfTheMethodCard() {
    let schedule = AlphaSchedule(end: 0.1, isDynamic: true)
    let wanted = [(0, 0), (1, 0.0003205128), (78, 0.025), (311, 0.0996794872), (400, 0.1)]
    for (step, value) in wanted {
      let found = schedule.alpha(TrainingProgress(step: step, totalSteps: 312))
      #expect(abs(found - value) < 5e-11)
    }
    // A run without a whole update must not divide by zero.
    #expect(schedule.alpha(TrainingProgress(step: 0, totalSteps: 0)) == 0)
  }

  @Test func gradientsMatchFiniteDifferences() {
    for loss in WRPOLoss.allCases {
      for isLengthNormalised in [false, true] {
        let objective = objective(
          loss, beta: 0.3, alpha: 0.35, smoothing: 0.1, isLengthNormalised: isLengthNormalised)
        let batch = ObjectiveBatch(
          policy: [[-12, -8, -9.5], [-20, -31, -25]],
          reference: [[-13, -8.2, -9], [-22, -30, -26]],
          tokenCounts: [[4, 2, 3], [5, 7, 6]])
        let exact = objective.evaluate(batch)
        for row in 0..<2 {
          for sequence in 0..<3 {
            var (up, down) = (batch, batch)
            up.policy[row][sequence] += 1e-5
            down.policy[row][sequence] -= 1e-5
            let slope = (objective.evaluate(up).loss - objective.evaluate(down).loss) / 2e-5
            #expect(abs(slope - exact.dPolicy[row][sequence]) < 1e-8 * max(1, abs(slope)))
          }
        }
      }
    }
  }

  @Test func alphaZeroIgnoresTheSource() {
    let objective = objective(.wrpo, beta: 0.01, alpha: 0)
    var batch = cardBatch
    let before = objective.evaluate(batch)
    batch.policy[0][0] = -.infinity
    let after = objective.evaluate(batch)
    #expect(after.loss == before.loss)
    #expect(before.dPolicy[0][0] == 0 && after.dPolicy[0][0] == 0)
  }

  @Test func swappingWinnersMirrorsAlpha() {
    var swapped = cardBatch
    swapped.policy = swapped.policy.map { [$0[1], $0[0], $0[2]] }
    swapped.reference = swapped.reference.map { [$0[1], $0[0], $0[2]] }
    let a = objective(.wrpo, beta: 0.01, alpha: 0.25).evaluate(cardBatch).loss
    let b = objective(.wrpo, beta: 0.01, alpha: 0.75).evaluate(swapped).loss
    #expect(abs(a - b) < 1e-15)
  }

  @Test func aConstantOnAllThreeChangesNothing() {
    var shifted = cardBatch
    shifted.policy = shifted.policy.map { $0.map { $0 + 4 } }
    let objective = objective(.wrpo, beta: 0.01, alpha: 0.1)
    #expect(abs(objective.evaluate(shifted).loss - objective.evaluate(cardBatch).loss) < 1e-14)
  }
}

let cardBatch = ObjectiveBatch(
  policy: [[-120, -80, -95]], reference: [[-130, -82, -90]], tokenCounts: [[40, 20, 25]])

func objective(
  _ loss: WRPOLoss, beta: Double, alpha: Double, smoothing: Double = 0,
  isLengthNormalised: Bool? = nil, gammaBetaRatio: Double = 0
) -> WRPOObjective {
  WRPOObjective(
    loss: loss, beta: beta, alpha: AlphaSchedule(end: alpha, isDynamic: false),
    labelSmoothing: smoothing, isLengthNormalised: isLengthNormalised ?? (loss == .simpo),
    gammaBetaRatio: gammaBetaRatio)
}

private func parse(_ file: URL?) throws -> JSON {
  try JSON.parse([UInt8](Data(contentsOf: try #require(file))), source: "golden")
}

private func batch(_ item: JSON) throws -> ObjectiveBatch {
  func columns(_ keys: [String]) throws -> [[Double]] {
    let columns = try keys.map { try numbers(item, $0) }
    return columns[0].indices.map { row in columns.map { $0[row] } }
  }
  let policy = try columns(["policy_ws", "policy_wt", "policy_l"])
  return ObjectiveBatch(
    policy: policy, reference: try columns(["ref_ws", "ref_wt", "ref_l"]),
    tokenCounts: policy.map { $0.map { _ in 1 } })
}

private func numbers(_ item: JSON, _ key: String) throws -> [Double] {
  try #require(item[key]?.array, "\(key)").map { try #require($0.double) }
}

private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

/// Relative to 1e-12, the goldens' precision in double.
private func expectClose(_ found: [Double], _ wanted: [Double], _ what: String) {
  #expect(found.count == wanted.count)
  for (a, b) in zip(found, wanted) {
    #expect(abs(a - b) <= 1e-12 * max(abs(b), 1e-3), "\(what): \(a), golden \(b)")
  }
}
