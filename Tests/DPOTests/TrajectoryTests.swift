import TestSupport
import Testing

@testable import DPO

@Suite(.enabled(if: GoldenRun.isPresent)) struct TrajectoryTests {
  @Test(arguments: [
    ("dpo_sigmoid", PairLoss.sigmoid, 2e-5), ("ipo", .ipoAverage, 2e-4), ("simpo", .simpo, 2e-5),
  ])
  func followsTheReferenceRun(name: String, loss: PairLoss, tolerance: Double) throws {
    let run = try GoldenRun(name)
    let ratio = run.number("gamma_beta_ratio")
    let objective = DPOObjective(
      loss: loss, beta: run.number("beta"), labelSmoothing: 0,
      gammaBetaRatio: ratio.isNaN ? 0 : ratio)
    try run.check(objective, keys: ["chosen1", "rejected0"], lossTolerance: tolerance)
  }
}
