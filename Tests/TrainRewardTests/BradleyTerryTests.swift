import PluginAPI
import Testing

@testable import TrainReward

@Suite struct BradleyTerryTests {
  private let chosen = [1.3, 0.2, -0.4]
  private let rejected = [0.5, 0.6, -1.0]

  private func batch(margins: [Double]? = nil) -> ObjectiveBatch {
    ObjectiveBatch(
      policy: zip(chosen, rejected).map { [$0, $1] }, tokenCounts: chosen.map { _ in [0, 0] },
      margins: margins)
  }

  /// Worked vectors, 9 digits.
  @Test func followsTheTestVectors() {
    let result = BradleyTerryObjective().evaluate(batch())
    #expect(abs(result.loss - 0.573_867_956) < 1e-9)
    #expect(abs(result.dPolicy[0][0] * 3 - -0.310_025_519) < 1e-9)
    #expect(result.metrics.first { $0.name == "rewards/accuracies" }?.value == 2.0 / 3)
    for (index, loss) in [0.371_100_666, 0.913_015_252, 0.437_487_950].enumerated() {
      let alone = ObjectiveBatch(
        policy: [[chosen[index], rejected[index]]], tokenCounts: [[0, 0]])
      #expect(abs(BradleyTerryObjective().evaluate(alone).loss - loss) < 1e-9)
    }
    let wide = ObjectiveBatch(policy: [[1.3, 0.5]], tokenCounts: [[0, 0]], margins: [0.375])
    #expect(abs(BradleyTerryObjective().evaluate(wide).loss - 0.503_057_400) < 1e-9)
  }

  @Test func centringIsTRLs() {
    let plain = BradleyTerryObjective().evaluate(batch()).loss
    let centred = BradleyTerryObjective(centring: 0.01).evaluate(batch()).loss
    let squares = zip(chosen, rejected).map { ($0 + $1) * ($0 + $1) }.reduce(0, +) / 3
    #expect(abs(centred - plain - 0.01 * squares) < 1e-12)
  }

  @Test(arguments: [(0.0, 0.0), (0.3, 0.0), (0.0, 0.1), (0.2, 0.25)])
  func gradientsMatchFiniteDifferences(_ centring: Double, smoothing: Double) {
    let objective = BradleyTerryObjective(centring: centring, labelSmoothing: smoothing)
    let margins = [0.5, 0, -0.2]
    let result = objective.evaluate(batch(margins: margins))
    for row in 0..<3 {
      for side in 0..<2 {
        func loss(_ step: Double) -> Double {
          var moved = batch(margins: margins)
          moved.policy[row][side] += step
          return objective.evaluate(moved).loss
        }
        let difference = (loss(1e-5) - loss(-1e-5)) / 2e-5
        #expect(abs(difference - result.dPolicy[row][side]) < 1e-9)
      }
    }
  }

  @Test func swappingAPairTurnsItsGradientRound() {
    let pair = ObjectiveBatch(policy: [[0.7, -0.1]], tokenCounts: [[0, 0]])
    let gradient = BradleyTerryObjective().evaluate(pair).dPolicy[0]
    #expect(gradient[0] == -gradient[1])
    let shifted = ObjectiveBatch(policy: [[5.7, 4.9]], tokenCounts: [[0, 0]])
    #expect(
      abs(BradleyTerryObjective().evaluate(shifted).dPolicy[0][0] - gradient[0]) < 1e-12,
      "a constant on all rewards changes nothing")
  }

  @Test func sharesOfAnUpdateAddUp() {
    let whole = BradleyTerryObjective(centring: 0.1).evaluate(batch())
    var parts = 0.0
    for row in 0..<3 {
      var part = ObjectiveBatch(policy: [[chosen[row], rejected[row]]], tokenCounts: [[0, 0]])
      part.updateRows = 3
      let result = BradleyTerryObjective(centring: 0.1).evaluate(part)
      parts += result.loss
      #expect(abs(result.dPolicy[0][0] - whole.dPolicy[row][0]) < 1e-15)
    }
    #expect(abs(parts - whole.loss) < 1e-12)
  }
}
