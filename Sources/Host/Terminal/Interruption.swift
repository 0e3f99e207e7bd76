import Glibc
import Kernels
import Synchronization

/// SIGINT and SIGTERM: the first asks the run to stop at the next safe place, the second stops the
/// process at once.
enum Interruption {
  /// Signals so far. Touched by `install` before a handler can run, so that the handler only adds.
  private static let count = Atomic<Int>(0)

  /// Starts to catch the two signals. Call it once, before the work begins.
  static func install() {
    _ = count.load(ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { Interruption.handle($0) }
      // Reads and waits go on after the first signal; the work itself looks at the flag.
      action.sa_flags = SA_RESTART
      sigaction(number, &action, nil)
    }
  }

  /// Whether the user has asked to stop.
  static var isRequested: Bool { count.load(ordering: .relaxed) > 0 }

  /// Throws `CancellationError` when the user has asked to stop.
  static func check() throws {
    if isRequested { throw CancellationError() }
  }

  /// What an interrupted command says in the end (exit code 75).
  ///
  /// - Parameter command: What the user types to go on.
  static func problem(resumeWith command: String) -> Problem {
    Problem(.interrupted, "interrupted", hint: "resume with: \(command)")
  }

  /// Runs in a signal handler: nothing but atomics, `write` and `_exit`.
  private static func handle(_ signal: Int32) {
    let isFirst = count.wrappingAdd(1, ordering: .relaxed).oldValue == 0
    guard isFirst else { _exit(128 + signal) }
    let text: StaticString = "\nstopping at the next safe place; once more to stop at once\n"
    _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
  }
}
