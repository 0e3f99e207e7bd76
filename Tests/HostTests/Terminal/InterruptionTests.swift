import Foundation
import Kernels
import Testing

@testable import Host

/// Another thread may be the one that gets the signal, a moment later.
private func waitForSignal() {
  while !Interruption.isRequested { usleep(1000) }
}

@Suite(.timeLimit(.minutes(1))) struct InterruptionTests {
  @Test func theFirstSignalOnlyAsks() async {
    await #expect(processExitsWith: .exitCode(7)) {
      Interruption.install()
      guard !Interruption.isRequested else { exit(1) }
      kill(getpid(), SIGTERM)
      waitForSignal()
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
      waitForSignal()
      kill(getpid(), SIGINT)
      sleep(60)
    }
  }

  @Test func theLastWordSaysHowToGoOn() {
    let problem = Interruption.problem(resumeWith: "crucible run a.yaml --resume")
    #expect(problem.kind.rawValue == 75)
    #expect("\(problem)" == "interrupted; resume with: crucible run a.yaml --resume")
  }
}
