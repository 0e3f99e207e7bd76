import ArgumentParser
import Foundation
import PluginAPI

/// How a command ends when something went wrong: `error: …` lines on stderr and an exit code of
/// sysexits.
enum Failure {
  static func exit(with error: any Error) -> Never {
    guard let problems = problems(of: error) else { Crucible.exit(withError: error) }
    for problem in problems { printError("error: \(printable(problem.description))") }
    if problems.count > 1 { printError("\(problems.count) errors") }
    Foundation.exit(problems.first?.kind.rawValue ?? 1)
  }

  /// The errors that are ours; nil for what belongs to the argument parser (usage, help, version).
  private static func problems(of error: any Error) -> [Problem]? {
    switch error {
    case let problem as Problem: [problem]
    case let problems as Problems: problems.all
    case let error as OptionError: [Problem(.badConfiguration, "\(error)")]
    case is CancellationError: [Problem(.interrupted, "interrupted")]
    case let error as CocoaError: [Problem(.inputOutput, error.localizedDescription)]
    default: nil
    }
  }

  /// Parts of a message may come from anywhere, a plugin among others: it cannot steer the terminal,
  /// nor fill it.
  private static func printable(_ text: String, limit: Int = 8000) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).prefix(100)
      .map { excerpt(String($0), limit: limit) }.joined(separator: "\n")
  }

  static func printError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
