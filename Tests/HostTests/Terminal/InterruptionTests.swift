import Foundation
import Kernels
import Testing

@testable import Host

struct InterruptionTests {
  @Test func theFirstSignalOnlyAsks() async {
    await #expect(processExitsWith: .exitCode(7)) {
      Interruption.install()
      guard !Interruption.isRequested else { exit(1) }
      kill(getpid(), SIGTERM)
      guard Interruption.isRequested else { exit(2) }
      do {
        try Interruption.check()
      } catch is CancellationError {
        exit(7)
      }
    }
  }

  @Test func theSecondSignalEndsTheProcess() async {
    await #expect(processExitsWith: .exitCode(130)) {
      Interruption.install()
      kill(getpid(), SIGTERM)
      kill(getpid(), SIGINT)
      exit(1)
    }
  }

  @Test func theLastWordSaysHowToGoOn() {
    let problem = Interruption.problem(resumeWith: "crucible run a.yaml --resume")
    #expect(problem.kind.rawValue == 75)
    #expect("\(problem)" == "interrupted; resume with: crucible run a.yaml --resume")
  }
}
