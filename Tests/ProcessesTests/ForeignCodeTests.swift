import Glibc
import Processes
import Testing

/// What a call into code of others leaves of this process.
struct ForeignCodeTests {
  private static func call<Result>(_ body: () throws -> Result) rethrows -> Result {
    try ForeignCode.run("reward 'x'", "while it scored", hint: "do this", body)
  }

  @Test func resultsAndErrorsComeThrough() {
    struct Own: Error {}
    #expect(Self.call { 7 } == 7)
    #expect(throws: Own.self) { try Self.call { throw Own() } }
    #expect(Self.call { Self.call { 8 } } == 8)
  }

  @Test func crashesEndWithOneLine() async {
    let result = await #expect(
      processExitsWith: .exitCode(78), observing: [\.standardErrorContent]
    ) {
      ForeignCodeTests.call { () -> Void in fatalError("its own words") }
    }
    let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(text.contains("error: reward 'x': crashed with SIG"))
    #expect(text.hasSuffix(" while it scored; do this\n"), "no stack trace: \(text)")
  }

  @Test func endlessRecursionEndsWithOneLine() async {
    await #expect(processExitsWith: .exitCode(78)) {
      @inline(never) func deep(_ n: Int) -> Int { n == -1 ? 0 : deep(n + 1) &* 3 + n }
      print(ForeignCodeTests.call { deep(Int(getpid())) })
    }
  }

  @Test func exitIsNoWayOut() async {
    await #expect(processExitsWith: .exitCode(78)) {
      ForeignCodeTests.call { () -> Void in exit(0) }
    }
  }

  @Test func ownExitsAndCrashesStayAsTheyAre() async {
    await #expect(processExitsWith: .exitCode(3)) {
      ForeignCodeTests.call {}
      exit(3)
    }
    await #expect(processExitsWith: .signal(SIGSEGV)) {
      ForeignCodeTests.call {}
      signal(SIGSEGV, SIG_DFL)
      raise(SIGSEGV)
    }
  }

  @Test func stdoutGoesToStderrMeanwhile() async {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardOutputContent, \.standardErrorContent]
    ) {
      print("before")
      ForeignCodeTests.call {
        print("inside")
        ForeignCodeTests.call { print("deeper") }
        print("still inside")
      }
      print("after")
    }
    let out = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    let err = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(out.contains("before\nafter\n") && !out.contains("inside"))
    #expect(err.contains("inside\ndeeper\nstill inside\n"))
  }
}
