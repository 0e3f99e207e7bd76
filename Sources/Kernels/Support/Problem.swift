/// Something that a person must fix: what is wrong, where, what was expected and what to do.
///
/// Every room throws this one type for outside data (files, recipes, plugins, network), so that
/// wording and exit codes are the same everywhere. A wrong shape inside the core is a bug and
/// traps with `precondition` instead.
public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
  /// What kind of thing failed. The raw value is the exit code of the command (sysexits).
  public enum Kind: Int32, Sendable {
    case failed = 1
    case usage = 64
    case badData = 65
    case missingInput = 66
    case unavailable = 69
    case cannotWrite = 73
    case inputOutput = 74
    case interrupted = 75
    case badConfiguration = 78
  }

  public var kind: Kind
  /// `FILE`, `FILE:LINE:COLUMN`, `FILE: tensor 'NAME'`; nil when there is no better place than here.
  public var place: String?
  /// What is wrong, as found.
  public var what: String
  /// What would have been right.
  public var expected: String?
  /// What the reader can do about it.
  public var hint: String?

  public init(
    _ kind: Kind, at place: String? = nil, _ what: String, expected: String? = nil,
    hint: String? = nil
  ) {
    self.kind = kind
    self.place = place
    self.what = what
    self.expected = expected
    self.hint = hint
  }

  public var description: String {
    var text = place.map { "\($0): " } ?? ""
    text += what
    if let expected { text += "; expected \(expected)" }
    if let hint { text += "; \(hint)" }
    return text
  }
}

/// Several problems found in one pass, in the order of their places.
public struct Problems: Error, Sendable, CustomStringConvertible {
  public var all: [Problem]

  public init(_ all: [Problem]) { self.all = all }

  public var description: String { all.map(\.description).joined(separator: "\n") }
}

/// `text` in single quotes, control characters escaped and cut to `limit` characters: how names
/// from outside (tensors, keys, paths) appear in messages.
public func quoted(_ text: String, limit: Int = 80) -> String {
  "'" + escaped(text, limit: limit, alsoEscaping: ["\\", "'"]) + "'"
}

/// `text` as one line, control characters escaped and cut to `limit` characters: how words from
/// outside (what a plugin or a program said) appear in messages.
public func excerpt(_ text: String, limit: Int = 200) -> String {
  escaped(text, limit: limit, alsoEscaping: [])
}

private func escaped(
  _ text: String, limit: Int, alsoEscaping special: Set<Unicode.Scalar>
) -> String {
  var shown = ""
  for (count, scalar) in text.unicodeScalars.enumerated() {
    if count == limit { return shown + "…" }
    switch scalar {
    case "\n": shown += "\\n"
    case "\r": shown += "\\r"
    case "\t": shown += "\\t"
    case _ where special.contains(scalar): shown += "\\\(scalar)"
    case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
      shown += "\\u{" + String(scalar.value, radix: 16) + "}"
    default: shown.unicodeScalars.append(scalar)
    }
  }
  return shown
}
