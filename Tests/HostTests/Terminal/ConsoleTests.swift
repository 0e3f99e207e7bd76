import Synchronization
import Testing

@testable import Host

/// A console whose output and clock a test holds in its hands.
final class TestConsole: Sendable {
  let console: Console
  private let shared: Shared

  private final class Shared: Sendable {
    let text = Mutex("")
    let now = Mutex(100.0)
  }

  init(isInteractive: Bool, hasColor: Bool = false, width: Int? = 80) {
    let shared = Shared()
    self.shared = shared
    console = Console(
      settings: TerminalSettings(isInteractive: isInteractive, hasColor: hasColor, width: width),
      clock: { shared.now.withLock { $0 } },
      write: { text in shared.text.withLock { $0 += text } })
  }

  func pass(_ seconds: Double) { shared.now.withLock { $0 += seconds } }

  /// What was written since the last call.
  func output() -> String {
    shared.text.withLock { text in
      defer { text = "" }
      return text
    }
  }
}

struct ConsoleTests {
  @Test func saysAWarningOnce() {
    let test = TestConsole(isInteractive: false)
    test.console.warn("odd")
    test.console.warn("odd")
    test.console.warn("other")
    #expect(test.output() == "warning: odd\nwarning: other\n")
  }

  @Test func isAsLoudAsAsked() {
    let test = TestConsole(isInteractive: false)
    test.console.detail("detail")
    test.console.message("message")
    #expect(test.output() == "message\n")
    test.console.verbosity = .verbose
    test.console.detail("detail")
    #expect(test.output() == "detail\n")
    test.console.verbosity = .quiet
    test.console.message("message")
    test.console.warn("warned")
    #expect(test.output() == "warning: warned\n")
  }

  @Test func writesMessagesAboveTheProgressLine() {
    let test = TestConsole(isInteractive: true, hasColor: true)
    test.console.redraw("bar")
    #expect(test.output() == "\rbar\u{1B}[K")
    test.console.warn("odd")
    #expect(test.output() == "\r\u{1B}[K\u{1B}[33mwarning:\u{1B}[0m odd\nbar")
    test.console.redraw("")
    test.console.message("done")
    #expect(test.output() == "\r\u{1B}[Kdone\n")
  }
}

struct TerminalSettingsTests {
  private func settings(_ isTerminal: Bool, _ environment: [String: String]) -> TerminalSettings {
    TerminalSettings(isTerminal: isTerminal, columns: 120) { environment[$0] }
  }

  @Test(arguments: [
    (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false),
    (true, ["NO_COLOR": ""], true), (true, ["TERM": "dumb"], false),
    (false, ["CLICOLOR_FORCE": "1"], true), (true, ["CLICOLOR_FORCE": "0"], false),
    (true, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], false),
  ])
  func colorFollowsTheEnvironment(
    isTerminal: Bool, environment: [String: String], hasColor: Bool
  ) {
    #expect(settings(isTerminal, environment).hasColor == hasColor)
  }

  @Test func widthFollowsColumnsThenTheTerminal() {
    #expect(settings(true, [:]).width == 120)
    #expect(settings(true, ["COLUMNS": "60"]).width == 60)
    #expect(settings(true, ["COLUMNS": "x"]).width == 120)
    #expect(settings(false, [:]).width == nil)
    #expect(settings(false, ["COLUMNS": "60"]).width == 60)
  }

  @Test func aDumbTerminalIsNotRedrawn() {
    #expect(!settings(true, ["TERM": "dumb"]).isInteractive)
    #expect(settings(true, ["TERM": "xterm"]).isInteractive)
  }
}
