import PluginAPI

/// What a candidate did with one list of arguments.
struct Outcome: Equatable, Sendable {
  enum Result: Equatable, Sendable {
    /// The value, as PythonDriver writes it: a kind, then its content.
    case value(JSON)
    /// The kind of the exception; what it says may differ.
    case raised(String)
    case timedOut
    /// The process ended: memory, a crash, `os._exit`.
    case died
  }

  var result: Result
  /// The arguments afterwards, where the call changed them.
  var arguments: JSON?

  init(_ result: Result, arguments: JSON? = nil) {
    self.result = result
    self.arguments = arguments
  }

  /// A line of PythonDriver's `run`.
  init?(_ line: JSON) {
    arguments = line["arguments"]
    if let value = line["value"] {
      result = .value(value)
    } else if let kind = line["raises"]?.string {
      result = .raised(kind)
    } else if line["timeout"] != nil {
      result = .timedOut
    } else {
      return nil
    }
  }

  var isValue: Bool { if case .value = result { true } else { false } }

  /// Whether nobody could tell the two calls apart: structure is compared, numbers up to a part in
  /// a million.
  func agrees(with other: Outcome) -> Bool {
    switch (arguments, other.arguments) {
    case (nil, nil): break
    case (let one?, let another?) where Self.equal(one, another): break
    default: return false
    }
    if case .value(let one) = result, case .value(let another) = other.result {
      return Self.equal(one, another)
    }
    return result == other.result
  }

  private static let tolerance = 1e-6

  private static func equal(_ one: JSON, _ other: JSON) -> Bool {
    if let a = one.array, let b = other.array {
      return a.count == b.count && zip(a, b).allSatisfy(equal)
    }
    if let a = one.double, let b = other.double {
      return abs(a - b) <= tolerance * max(1, abs(a), abs(b))
    }
    return one == other
  }
}

/// Counts the inputs on which two candidates differ: differential testing, in place of the
/// symbolic search of the paper's repository. That none differs proves nothing.
func counterexamples(_ one: [Outcome], _ other: [Outcome]) -> Int {
  zip(one, other).count { !$0.agrees(with: $1) }
}
