import Glibc

/// What one output stream can show, from what it is and from the environment.
struct TerminalSettings: Sendable, Equatable {
  /// A person watches: lines may be redrawn.
  var isInteractive: Bool
  var hasColor: Bool
  /// Columns; nil when nothing limits a line, as in a file or a pipe.
  var width: Int?

  static let standardOutput = TerminalSettings(descriptor: STDOUT_FILENO)
  static let standardError = TerminalSettings(descriptor: STDERR_FILENO)

  init(isInteractive: Bool, hasColor: Bool, width: Int?) {
    self.isInteractive = isInteractive
    self.hasColor = hasColor
    self.width = width
  }

  init(descriptor: Int32) {
    self.init(
      isTerminal: isatty(descriptor) == 1, columns: Self.columns(of: descriptor),
      environment: Self.environmentValue)
  }

  /// - Parameters:
  ///   - columns: What the terminal says of its width.
  ///   - environment: The value of a variable, nil when it is not set.
  init(isTerminal: Bool, columns: Int?, environment: (String) -> String?) {
    let isDumb = environment("TERM") == "dumb"
    isInteractive = isTerminal && !isDumb
    hasColor = Self.hasColor(isInteractive, environment)
    let wish = environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    width = wish ?? (isTerminal ? columns ?? 80 : nil)
  }

  /// no-color.org and bixense.com/clicolors: NO_COLOR wins, then CLICOLOR_FORCE, then the stream.
  private static func hasColor(
    _ isInteractive: Bool, _ environment: (String) -> String?
  ) -> Bool {
    if let off = environment("NO_COLOR"), !off.isEmpty { return false }
    if let force = environment("CLICOLOR_FORCE"), !force.isEmpty { return force != "0" }
    return isInteractive
  }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  private static func environmentValue(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}

/// How text stands out where colour is allowed.
enum TextStyle: String {
  case bold = "1"
  case dim = "2"
  case red = "31"
  case green = "32"
  case yellow = "33"

  /// `text` in this style; plain when `settings` allow no colour.
  func applied(to text: String, _ settings: TerminalSettings) -> String {
    settings.hasColor ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}
