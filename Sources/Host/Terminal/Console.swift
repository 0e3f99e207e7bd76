import Glibc
import Synchronization

/// Everything the program says besides its data: messages, warnings and progress, on stderr. Safe to
/// use from any thread.
final class Console: Sendable {
  enum Verbosity: Int, Sendable {
    /// Only warnings.
    case quiet
    case normal
    /// Also details.
    case verbose
  }

  let settings: TerminalSettings
  /// Seconds since some fixed moment; never jumps.
  let clock: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let state = Mutex(State())

  private struct State {
    var verbosity = Verbosity.normal
    var warned: Set<String> = []
    /// The progress line on the screen, which everything else must go above.
    var line = ""
  }

  /// The process's stderr.
  static let standard = Console(settings: .standardError)

  /// - Parameters:
  ///   - clock: Monotonic seconds.
  ///   - write: Where text goes; calls never overlap.
  init(
    settings: TerminalSettings, clock: @escaping @Sendable () -> Double = monotonicSeconds,
    write: @escaping @Sendable (String) -> Void = writeToStandardError
  ) {
    self.settings = settings
    self.clock = clock
    self.write = write
  }

  var verbosity: Verbosity {
    get { state.withLock { $0.verbosity } }
    set { state.withLock { $0.verbosity = newValue } }
  }

  /// A line for the person who watches; nothing with `-q`.
  func message(_ text: String) { say(text, from: .normal) }

  /// A line that only `-v` shows.
  func detail(_ text: String) { say(text, from: .verbose) }

  /// `warning: …`, the first time this text comes; also with `-q`.
  func warn(_ text: String) {
    state.withLock { state in
      guard state.warned.insert(text).inserted else { return }
      let label = TextStyle.yellow.applied(to: "warning:", settings)
      put("\(label) \(text)", &state)
    }
  }

  /// Shows `line` as the progress line, which the next one replaces; an empty one removes it. Only
  /// for interactive streams.
  func redraw(_ line: String) {
    state.withLock { state in
      guard state.verbosity != .quiet, line != state.line else { return }
      state.line = line
      write("\r" + line + Self.clearToEnd)
    }
  }

  private func say(_ text: String, from verbosity: Verbosity) {
    state.withLock { state in
      guard state.verbosity.rawValue >= verbosity.rawValue else { return }
      put(text, &state)
    }
  }

  /// Writes whole lines above the progress line.
  private func put(_ text: String, _ state: inout State) {
    guard !state.line.isEmpty else { return write(text + "\n") }
    write("\r" + Self.clearToEnd + text + "\n" + state.line)
  }

  private static let clearToEnd = "\u{1B}[K"
}

/// Seconds since the machine started; wall clock changes do not touch it.
@Sendable func monotonicSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Writes all of `text`; what a closed stderr does not take is lost.
@Sendable func writeToStandardError(_ text: String) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { return }
    bytes = bytes.dropFirst(count)
  }
}
