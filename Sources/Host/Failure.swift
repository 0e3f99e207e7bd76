import ArgumentParser
import Foundation
import PluginAPI

/// How a command ends when something went wrong: `error: …` lines on stderr and an exit code of
/// sysexits.
enum Failure {
  static func exit(with error: any Error) -> Never {
    guard let problems = problems(of: error) else { Crucible.exit(withError: error) }
    for problem in problems { printError("error: \(problem)") }
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

  static func printError(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
