import PluginAPI
import Processes

/// Runs the program of a completion and counts the tests that it passes. Used from any thread.
struct ProgramJudge: Sendable {
  let runner: Runner
  let sandbox: Sandbox
  let extraction: Extraction
  let rule: ScoreRule
  let isolatesTests: Bool

  func score(_ completion: Completion) -> RewardScore {
    do {
      let task = try CodeTask(completion.prompt)
      let code = extraction.program(in: completion.response, names: runner.fenceNames)
      return try tally(task, task.program(code)).score(rule)
    } catch let fault as CodeTask.Fault {
      return RewardScore(failure: fault.reason)
    } catch {
      return RewardScore(failure: "the program cannot be run: \(error)")
    }
  }

  private func tally(_ task: CodeTask, _ program: String) throws -> Tally {
    if rule == .runs { return try running(program) }
    switch task.tests {
    case .none:
      throw CodeTask.Fault("the row has no 'tests', 'test_list', or 'test' and 'entry_point'")
    case .pairs(let pairs):
      return try comparing(program, pairs)
    case .assertions(let setup, let tests):
      guard runner.isPython else {
        throw CodeTask.Fault(
          "its tests are Python, the programs are not: write {\"input\", \"output\"} tests")
      }
      return try asserting(program, setup: setup, tests)
    }
  }

  // MARK: - Whole programs

  private func execute(_ program: String, input: String = "") throws -> ProcessResult {
    let file = "program.\(runner.fileExtension)"
    return try sandbox.run(
      runner.command(file: file), file: (file, program), input: Array(input.utf8))
  }

  private func running(_ program: String) throws -> Tally {
    var tally = Tally(tests: 0)
    tally.fail(ErrorClass(try execute(program)))
    tally.runs = tally.firstError == nil
    return tally
  }

  private func comparing(
    _ program: String, _ pairs: [(input: String, output: String)]
  ) throws -> Tally {
    var tally = Tally(tests: pairs.count)
    tally.runs = true
    for pair in pairs {
      let result = try execute(program, input: pair.input)
      if let error = ErrorClass(result) {
        tally.runs = false
        tally.fail(error)
      } else if result.outputText.essentials == pair.output.essentials {
        tally.passed += 1
      } else {
        tally.fail(.assertion)
      }
    }
    return tally
  }

  // MARK: - Assertions

  private func asserting(_ program: String, setup: String, _ tests: [String]) throws -> Tally {
    var tally = Tally(tests: tests.count)
    tally.runs = true
    let groups = isolatesTests ? tests.map { [$0] } : [tests]
    for group in groups {
      let harness = Harness(setup: setup, program: program, tests: group)
      let result = try sandbox.run(runner.command(source: Harness.source), input: harness.job)
      let verdicts = try harness.verdicts(result)
      tally.runs = tally.runs && verdicts.programRan
      tally.passed += verdicts.passed
      tally.fail(verdicts.firstError)
    }
    return tally
  }
}

/// What the tests of a row have shown.
struct Tally {
  var tests: Int
  var passed = 0
  var runs = false
  private(set) var firstError: ErrorClass?

  init(tests: Int) { self.tests = tests }

  mutating func fail(_ error: ErrorClass?) { firstError = firstError ?? error }

  func score(_ rule: ScoreRule) -> RewardScore {
    let value: Float =
      switch rule {
      case .fraction: tests == 0 ? 0 : Float(passed) / Float(tests)
      case .all: passed == tests && tests > 0 ? 1 : 0
      case .runs: runs ? 1 : 0
      }
    var parts: [(name: String, value: Float)] = []
    if rule != .runs { parts += [("passed", Float(passed)), ("tests", Float(tests))] }
    parts.append(("runs", runs ? 1 : 0))
    if let firstError { parts.append(("error:\(firstError.rawValue)", 1)) }
    return RewardScore(value, parts: parts)
  }
}

extension String {
  /// Its lines without white space at their ends and without empty lines at the end of all: what
  /// outputs are compared by.
  fileprivate var essentials: [Substring] {
    var lines = split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map { line in
      var line = line
      while line.last?.isWhitespace == true { line.removeLast() }
      return line
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
