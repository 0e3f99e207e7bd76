import PluginAPI

/// Compares the programs that answer one prompt: by their text (CodeBLEU), by what they do, or both.
struct CodeJudge {
  struct Settings {
    /// Counterexamples that make two programs wholly different.
    var limit: Int
    /// Inputs that are tried.
    var inputs: Int
    var symmetric: Bool
    var entryPoint: String?
    var seed: UInt64
  }

  let settings: Settings
  /// nil: texts are not compared.
  let metric: CodeBLEU?
  /// nil: nothing is run.
  let runner: PythonRunner?

  /// Candidates that are no programs, or not the one asked for, are rejected and agree with nobody.
  func comparison(of responses: [String], to prompt: Prompt) throws -> Comparison {
    let task = CodeTask(prompt, entryPoint: settings.entryPoint)
    var candidates = responses.map { Candidate(task.program(in: $0), metric, name: task.name) }
    if let runner {
      if let name = try describe(&candidates, task, runner) {
        try run(&candidates, name: name, runner)
      }
    }
    var comparison = Comparison(candidates)
    if let metric {
      comparison.text = Agreement(count: candidates.count) { i, j in
        guard let one = candidates[i].standing, let other = candidates[j].standing else { return 0 }
        return metric.similarity(one.profile, other.profile, symmetric: settings.symmetric)
      }
    }
    if runner != nil {
      comparison.behaviour = Agreement(count: candidates.count) { i, j in
        guard let one = candidates[i].standing, let other = candidates[j].standing else { return 0 }
        return Agreement.behaviour(
          counterexamples: counterexamples(one.outcomes, other.outcomes), limit: settings.limit)
      }
    }
    return comparison
  }

  /// Rejects what does not define the function, and makes its inputs.
  /// - Returns: Name of the function; nil when no candidate has one.
  private func describe(
    _ candidates: inout [Candidate], _ task: CodeTask, _ runner: PythonRunner
  ) throws -> String? {
    let programs = candidates.map(\.program)
    var name = task.name
    if name == nil {
      let known = try runner.descriptions(of: programs, name: nil, prompt: task.prompt)
      name = Self.commonest(known.flatMap { $0["functions"]?.array?.compactMap(\.string) ?? [] })
    }
    guard let name else {
      for index in candidates.indices { candidates[index].reject("defines no function") }
      return nil
    }
    let descriptions = try runner.descriptions(of: programs, name: name, prompt: task.prompt)
    for (index, description) in descriptions.enumerated().prefix(candidates.count) {
      if let reason = description["error"]?.string { candidates[index].reject(reason) }
    }
    let signature = Signature(descriptions.filter { $0["error"] == nil })
    let key = SHA256.hex(of: name + "\n" + task.prompt).prefix(16)
    let random = CounterRNG(seed: settings.seed, stream: UInt64(key, radix: 16) ?? 0)
    let inputs = signature.inputs(count: settings.inputs, random: random)
    for index in candidates.indices { candidates[index].inputs = inputs }
    return name
  }

  /// The commonest, the first of equals.
  private static func commonest(_ names: [String]) -> String? {
    var counts: [String: Int] = [:]
    for name in names { counts[name, default: 0] += 1 }
    guard let most = counts.values.max() else { return nil }
    return names.first { counts[$0] == most }
  }

  private func run(
    _ candidates: inout [Candidate], name: String, _ runner: PythonRunner
  ) throws {
    var known: [String: PythonRunner.Run] = [:]
    for index in candidates.indices where candidates[index].rejection == nil {
      let program = candidates[index].program
      let run =
        try known[program]
        ?? runner.run(program, name: name, inputs: candidates[index].inputs)
      known[program] = run
      candidates[index].take(run)
    }
  }
}

/// A program among others.
struct Candidate {
  let program: String
  private(set) var profile: ProgramProfile
  var inputs: [String] = []
  private(set) var outcomes: [Outcome] = []
  /// Why it takes no part in the vote.
  private(set) var rejection: String?

  init(_ program: String, _ metric: CodeBLEU?, name: String?) {
    self.program = program
    do {
      profile = try metric?.profile(of: program) ?? ProgramProfile(words: program)
    } catch {
      profile = ProgramProfile(words: program)
      reject((error as? Problem)?.what ?? "\(error)")
    }
    if program.allSatisfy(\.isWhitespace) { reject("is empty") }
    if let error = profile.error { reject("no Python: line \(error.line)") }
    if let name, !program.contains("def \(name)") { reject("does not define \(name)") }
  }

  /// The candidate, unless it was rejected.
  var standing: Candidate? { rejection == nil ? self : nil }

  /// The first reason stays.
  mutating func reject(_ reason: String) { rejection = rejection ?? reason }

  /// Two programs that only raise agree on everything, which says nothing for them.
  mutating func take(_ run: PythonRunner.Run) {
    switch run {
    case .failed(let reason): reject(reason)
    case .outcomes(let outcomes):
      self.outcomes = outcomes
      guard let first = outcomes.first, !outcomes.contains(where: \.isValue) else { return }
      switch first.result {
      case .raised(let kind): reject("gives no value on any input (\(kind) on the first)")
      default: reject("gives no value on any input")
      }
    }
  }
}

/// How the responses to one prompt compare.
struct Comparison {
  /// Why a response takes no part in the vote; nil where it does.
  var rejections: [String?]
  /// Responses with equal keys are one in all but layout.
  var keys: [String]
  var text: Agreement?
  var behaviour: Agreement?

  init(_ candidates: [Candidate]) {
    rejections = candidates.map(\.rejection)
    keys = candidates.map(\.profile.key)
  }

  init(rejections: [String?], keys: [String], text: Agreement) {
    self.rejections = rejections
    self.keys = keys
    self.text = text
  }

  /// lambda · text + (1 − lambda) · behaviour, or the one there is.
  func agreement(lambda: Double) -> Agreement {
    switch (text, behaviour) {
    case (let text?, let behaviour?): text.mixed(with: behaviour, lambda: lambda)
    case (let text?, nil): text
    case (nil, let behaviour?): behaviour
    case (nil, nil): Agreement(count: rejections.count)
    }
  }
}
