import PluginAPI
import Processes

/// Runs PythonDriver in children: to read candidates, and to run them where they can do no harm.
struct PythonRunner {
  struct Limits {
    /// Processor seconds of a call; ten times that by the wall.
    var secondsPerCall: Double
    var memoryBytes: Int
  }

  /// What a candidate did: an outcome for each input, or why it could not be loaded.
  enum Run {
    case outcomes([Outcome])
    case failed(String)
  }

  /// No network, no processes, no file changed: candidates are somebody else's programs.
  static let layers: Confinement = [.network, .processes, .files]

  let limits: Limits
  /// Of the Python that runs them.
  let version: String
  private let python: String
  private let confinement: Confinement

  /// - Parameters:
  ///   - python: A program, looked up in PATH.
  ///   - unconfined: Run candidates with all rights of this process.
  /// - Throws: `Problem`: 66 when there is no such program, 78 when it is none, or when this
  ///   machine cannot confine and `unconfined` does not allow it.
  init(python: String, limits: Limits, unconfined: Bool) throws {
    self.limits = limits
    confinement = unconfined ? .none : Self.layers
    if !unconfined { try Self.requireConfinement() }
    (self.python, version) = try Self.interpreter(python)
  }

  private static func requireConfinement() throws {
    do {
      try layers.check()
    } catch {
      var problem = error
      problem.what = "candidate programs cannot be run: " + problem.what
      problem.hint =
        "set unconfined: true to run them all the same, if you trust the models; or lambda: 1, "
        + "which runs nothing"
      throw problem
    }
  }

  /// The interpreter itself: what PATH names may be a script that starts it, which a confined child
  /// may not.
  private static func interpreter(_ name: String) throws -> (path: String, version: String) {
    let question = ProcessCommand([
      name, "-c", "import platform, sys; print(sys.executable); print(platform.python_version())",
    ])
    let result: ProcessResult
    do {
      result = try question.run(deadlineSeconds: 20)
    } catch {
      var problem = error
      problem.hint = "install Python 3.9 or later, name it in 'python', or set lambda: 1"
      throw problem
    }
    let lines = result.outputText.split(separator: "\n").map(String.init)
    guard result.succeeded, lines.count == 2, lines[0].hasPrefix("/") else {
      throw Problem(
        .badConfiguration, at: name, "is no Python: \(excerpt(result.error))",
        hint: "name a Python 3.9 or later in 'python'")
    }
    // 3.8 has no ast.unparse, and its literal_eval reads no 'set()'.
    let numbers = lines[1].split(separator: ".").compactMap { Int($0) }
    guard numbers.count >= 2, (numbers[0], numbers[1]) >= (3, 9) else {
      throw Problem(
        .badConfiguration, at: name, "is Python \(excerpt(lines[1]))",
        hint: "name a Python 3.9 or later in 'python'")
    }
    return (lines[0], lines[1])
  }

  /// A line of PythonDriver's `describe` for each program. Runs none of them.
  /// - Parameter name: nil asks which functions there are.
  func descriptions(of programs: [String], name: String?, prompt: String) throws -> [JSON] {
    let job: JSON = [
      "task": "describe", "codes": .array(programs.map { .string($0) }),
      "name": name.map { .string($0) } ?? .null, "prompt": .string(prompt),
    ]
    let lines = try lines(job, processorSeconds: 10)
    // A program that takes the parser with it takes the rest of the list, too: ask one by one.
    if lines.count < programs.count, programs.count > 1 {
      return try programs.flatMap {
        try descriptions(of: [$0], name: name, prompt: prompt)
      }
    }
    return lines.isEmpty ? [["error": "the parser of Python gave up"]] : lines
  }

  /// Loads `program` and calls its function `name` with each of `inputs`, which are Python's
  /// spellings of tuples.
  func run(_ program: String, name: String, inputs: [String]) throws -> Run {
    let job: JSON = [
      "task": "run", "code": .string(program), "name": .string(name),
      "inputs": .array(inputs.map { .string($0) }), "seconds": .number(limits.secondsPerCall),
    ]
    // Loading, and every call but three as slow as it may be.
    let seconds = 10 + Double(inputs.count) * limits.secondsPerCall
    let (all, error) = try output(job, processorSeconds: seconds)
    // Before anything of the program ran: then it is not the program's doing.
    guard all.first?["ready"] != nil else { throw driverProblem(error) }
    let lines = all.dropFirst()
    if let reason = lines.first?["failed"]?.string { return .failed(reason) }
    guard lines.first?["loaded"] != nil else {
      return .failed("ends the process when it is loaded")
    }
    let known = lines.dropFirst().prefix(inputs.count).compactMap { Outcome($0) }
    let missing = [Outcome](repeating: Outcome(.died), count: inputs.count - known.count)
    return .outcomes(known + missing)
  }

  private func lines(_ job: JSON, processorSeconds: Double) throws -> [JSON] {
    let (lines, error) = try output(job, processorSeconds: processorSeconds)
    if lines.isEmpty, error.contains("Error") { throw driverProblem(error) }
    return lines
  }

  private func driverProblem(_ error: String) -> Problem {
    Problem(
      .failed, at: python, "cannot run the driver: \(excerpt(error.suffix(300).description))",
      hint: "it needs Python 3.9 or later")
  }

  /// What the driver answers, and what is on its stderr. The deadline by the wall is four times that
  /// of the processor: a busy machine must not change what is found.
  private func output(
    _ job: JSON, processorSeconds: Double
  ) throws -> (lines: [JSON], error: String) {
    let command = ProcessCommand(
      [python, "-B", "-c", PythonDriver.text],
      environment: ["PATH": "/usr/bin:/bin", "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"],
      limits: ProcessLimits(
        memoryBytes: limits.memoryBytes, cpuSeconds: Int(processorSeconds) + 1, fileBytes: 0,
        openFiles: 64),
      confinement: confinement)
    let result = try command.run(
      input: Array(job.serialized().utf8), deadlineSeconds: 4 * processorSeconds,
      outputLimit: 8 << 20)
    let lines = result.output.split(separator: UInt8(ascii: "\n")).prefix { !$0.isEmpty }
    return (
      lines.compactMap { try? JSON.parse(Array($0), source: "the driver") }, result.error
    )
  }
}
