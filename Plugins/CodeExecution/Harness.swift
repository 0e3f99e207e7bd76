import PluginAPI
import Processes

/// The job of a Python child that runs a program and then its tests, and what it answers.
///
/// The child answers on a copy of its stdout, line by line, each line under a nonce that is nowhere
/// but in its memory: what the program prints is no verdict, and one that ends early has passed
/// nothing more.
struct Harness {
  /// Changes when scores may.
  static let version = 1

  /// Length and bytes of: nonce, setup, program, tests.
  let job: [UInt8]
  private let nonce: String
  private let testCount: Int

  /// Its nonce is the one thing here that is not the same in every run, and no score depends on it.
  init(setup: String, program: String, tests: [String]) {
    var generator = SystemRandomNumberGenerator()
    nonce = (0..<2).map { _ in String(generator.next(), radix: 36) }.joined()
    testCount = tests.count
    job = ([nonce, setup, program] + tests).flatMap { text in
      Array("\(text.utf8.count)\n".utf8) + text.utf8
    }
  }

  struct Verdicts {
    var programRan = false
    var passed = 0
    var firstError: ErrorClass?
  }

  /// Reads what the child has answered. Throws a `Fault` when it did not come to the program, or the
  /// row's tests are no Python.
  func verdicts(_ result: ProcessResult) throws(CodeTask.Fault) -> Verdicts {
    let lines = lines(result.outputText)
    if let fault = lines.first(where: { $0.subject == "tests" }) {
      throw CodeTask.Fault("the row's tests cannot be run: \(fault.message)")
    }
    guard lines.contains(where: { $0.subject == "start" }) else {
      if result.timedOut { return Verdicts(firstError: .timeout) }
      let said = result.error.split(whereSeparator: \.isNewline).last.map { ": \($0)" } ?? ""
      throw CodeTask.Fault("Python did not start (\(result.exit))\(said)")
    }
    var verdicts = Verdicts()
    var (passed, failed) = (Set<String>(), Set<String>())
    for line in lines where line.subject != "start" {
      if line.subject == "program" { verdicts.programRan = line.isOK }
      if line.isOK, let number = Int(line.subject), (0..<testCount).contains(number) {
        passed.insert(line.subject)
      }
      if !line.isOK { failed.insert(line.subject) }
      if !line.isOK, verdicts.firstError == nil {
        verdicts.firstError = ErrorClass(exception: line.names)
      }
    }
    // Two verdicts on one test are not the harness's.
    passed.subtract(failed)
    verdicts.passed = passed.count
    if verdicts.firstError == nil, passed.count < testCount {
      verdicts.firstError = ErrorClass(result) ?? .exit
    }
    return verdicts
  }

  private struct Line {
    var subject: String
    var names: [Substring]
    var message: String
    var isOK: Bool { names == ["ok"] }
  }

  private func lines(_ text: String) -> [Line] {
    text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
      guard words.count == 4, words[0] == nonce else { return nil }
      return Line(
        subject: String(words[1]), names: words[2].split(separator: ","),
        message: String(words[3]))
    }
  }
}
