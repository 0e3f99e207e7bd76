import TestSupport
import Testing

@testable import WRPO

@Suite(.enabled(if: GoldenRun.isPresent)) struct TrajectoryTests {
  @Test(arguments: ["wrpo_dynamic_noclip", "wrpo_dynamic_clip1"])
  func followsTheAuthorsRun(name: String) throws {
    let run = try GoldenRun(name)
    let objective = WRPOObjective(
      loss: .wrpo, beta: run.number("beta"),
      alpha: AlphaSchedule(end: run.number("alpha"), isDynamic: true), labelSmoothing: 0,
      isLengthNormalised: false, gammaBetaRatio: 0)
    try run.check(objective, keys: ["chosen0", "chosen1", "rejected0"])
  }
}
