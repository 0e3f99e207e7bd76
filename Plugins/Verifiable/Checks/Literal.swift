import PluginAPI

/// How two texts are compared.
struct Comparison: Sendable {
  var ignoresCase = false
  var ignoresPunctuation = false

  /// White space at both ends never counts, runs of it inside count as written.
  func normalised(_ text: some StringProtocol) -> String {
    var text = String(trimmed(text))
    if ignoresPunctuation { text.removeAll { $0.isPunctuation } }
    return ignoresCase ? text.lowercased() : text
  }
}

/// The response is, begins with, ends with or contains a given text.
struct LiteralCheck: Check {
  enum Placement: Sendable { case whole, start, end, anywhere }

  /// Any of these will do; already normalised.
  let values: [String]
  let placement: Placement
  let comparison: Comparison

  func holds(for response: String) -> Bool {
    let response = comparison.normalised(response)
    return values.contains { value in
      switch placement {
      case .whole: response == value
      case .start: response.hasPrefix(value)
      case .end: response.hasSuffix(value)
      case .anywhere: occurrences(of: value, in: response) > 0
      }
    }
  }

  fileprivate static func read(_ reader: inout CheckReader, _ placement: Placement) -> Self? {
    let values = reader.strings("value")
    let comparison = Comparison(
      ignoresCase: reader.flag("ignore_case"),
      ignoresPunctuation: reader.flag("ignore_punctuation"))
    guard let values else {
      if reader.problems.isEmpty { reader.report("the check needs the key 'value'") }
      return nil
    }
    return LiteralCheck(
      values: values.map(comparison.normalised), placement: placement, comparison: comparison)
  }
}

extension CheckKind {
  static let exact = CheckKind(
    name: "exact", summary: "The response is `value` (or one of a list), ends trimmed."
  ) { LiteralCheck.read(&$0, .whole) }

  static let contains = CheckKind(
    name: "contains", summary: "The response contains `value` somewhere."
  ) { LiteralCheck.read(&$0, .anywhere) }

  static let startsWith = CheckKind(
    name: "starts_with", summary: "The response begins with `value`."
  ) { LiteralCheck.read(&$0, .start) }

  static let endsWith = CheckKind(
    name: "ends_with", summary: "The response ends with `value`."
  ) { LiteralCheck.read(&$0, .end) }
}

/// How often `needle` occurs in `text`, without overlaps. O(both lengths multiplied), at worst.
func occurrences(of needle: String, in text: String) -> Int {
  let needle = Array(needle.utf8)
  let text = Array(text.utf8)
  guard !needle.isEmpty, text.count >= needle.count else { return 0 }
  var count = 0
  var start = 0
  while start + needle.count <= text.count {
    if text[start] == needle[0], text[start..<start + needle.count].elementsEqual(needle) {
      count += 1
      start += needle.count
    } else {
      start += 1
    }
  }
  return count
}
