import Foundation
import PluginAPI
import Processes

/// What a child process that opened a library said of it, and how far it came.
struct ProbeReport: Sendable {
  /// The step that the child had begun last.
  enum Step: String, Sendable {
    case start, opening, entering, describing, making, done
  }

  /// How the child ended.
  enum End: Sendable, Equatable {
    /// By itself, having said all.
    case finished
    /// With a signal, or an exit code, before it had said all. `said`: the last words on stderr.
    case died(ProcessExit, said: String?)
    /// Its time was up.
    case hung(seconds: Double)
    /// It wrote more than a report can have.
    case flooded
  }

  var path: String
  var step = Step.start
  /// What was being made: `reward 'x'`.
  var subject: String?
  var stamp: PluginStamp?
  var name: String?
  var version: String?
  var summary: String?
  /// `PluginPage.json` of everything registered.
  var pages: [JSON] = []
  /// Why the library was refused, by a child that is well.
  var refusal: PluginFault?
  var end = End.finished

  init(path: String) { self.path = path }

  /// A library that a child has come through can be opened here: it neither died nor hung before
  /// everything it registers was known.
  var isSurvivable: Bool { end == .finished || step == .making || step == .done }

  /// Whether another child would say the same: not where a busy machine may have run out of time or
  /// memory.
  var isLasting: Bool {
    switch end {
    case .finished, .flooded: return true
    case .hung: return isSurvivable
    case .died(let exit, _):
      let isKilled = [SIGKILL, SIGTERM, SIGXCPU].contains { exit == .signal($0) }
      return isSurvivable || (step != .start && !isKilled)
    }
  }

  /// What is wrong with the library; nil when it loads.
  var fault: PluginFault? {
    if let refusal { return refusal }
    let file = PluginFile(path: path)
    switch end {
    case .finished: return nil
    case .died(let exit, let said):
      let words = said.map { "; it said \(quoted($0, limit: 200))" } ?? ""
      return PluginFault(
        at: path, "\(exit.asVerb) \(when)\(words)",
        advice: "mend it and build it again", fix: file.rebuild)
    case .hung(let seconds):
      return PluginFault(
        at: path, "did not come back within \(seconds.optionText) s \(when)",
        advice: "mend it and build it again", fix: file.rebuild)
    case .flooded:
      return PluginFault(at: path, "said more of itself than can be read")
    }
  }

  private var when: String {
    switch step {
    case .start: "before it was opened"
    case .opening: "while it was opened, in its static initialisers"
    case .entering: "in its entry function"
    case .describing: "while its options were listed"
    case .making: "when \(subject ?? "a plugin") was made with its default options"
    case .done: "when the process ended"
    }
  }
}

extension ProcessExit {
  /// `crashed with SIGILL`, `ended the process with exit code 3`.
  var asVerb: String {
    switch self {
    case .code(let code): "ended the process with exit code \(code)"
    case .signal(let number): "crashed with \(Self.signalName(number))"
    }
  }

  private static func signalName(_ number: Int32) -> String {
    let names: [Int32: String] = [
      4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE", 9: "SIGKILL",
      11: "SIGSEGV", 13: "SIGPIPE", 15: "SIGTERM", 24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
    ]
    return names[number] ?? "signal \(number)"
  }
}

// MARK: - As lines of JSON, one an event

extension ProbeReport {
  /// Adds what one line says; a line of another kind changes nothing.
  mutating func add(_ line: JSON) {
    if let text = line["step"]?.string, let next = Step(rawValue: text) {
      step = next
      subject = line["of"]?.string
    }
    if let api = line["api"]?.int, let toolchain = line["toolchain"]?.string {
      stamp = PluginStamp(api: UInt32(clamping: api), toolchain: toolchain)
    }
    if let pages = line["pages"]?.array {
      self.pages = pages
      name = line["name"]?.string
      version = line["version"]?.string
      summary = line["summary"]?.string
    }
    if let refused = line["refused"] { refusal = PluginFault(json: refused, path: path) }
  }
}

extension PluginFault {
  /// What crosses from the child to its parent, and from one run to the next.
  var json: JSON {
    var object: JSON = ["kind": .int(Int64(problem.kind.rawValue)), "what": .string(problem.what)]
    object["expected"] = problem.expected.map { .string($0) }
    object["hint"] = problem.hint.map { .string($0) }
    object["fix"] = fix.map { .string($0) }
    return object
  }

  init?(json: JSON, path: String) {
    guard let what = json["what"]?.string else { return nil }
    let kind = (json["kind"]?.int).flatMap { Problem.Kind(rawValue: Int32(clamping: $0)) }
    self.init(
      Problem(
        kind ?? .badConfiguration, at: path, what, expected: json["expected"]?.string,
        hint: json["hint"]?.string),
      fix: json["fix"]?.string)
  }
}
