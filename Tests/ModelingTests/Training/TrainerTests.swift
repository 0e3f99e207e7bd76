import Foundation
import Modeling
import TestSupport
import Testing

@Suite(.enabled(if: GoldenRun.isPresent)) struct TrainerTests {
  @Test func followsTheRecordedFineTuning() throws {
    try GoldenRun("sft").check(TokenCrossEntropy(), keys: ["chosen1"])
  }
}
