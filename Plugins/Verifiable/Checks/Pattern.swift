import PluginAPI

/// A regular expression matches, so often if it matters how often.
///
/// Safe to share: a `Regex` made from a string holds no user closures and is never changed.
struct PatternCheck: Check, @unchecked Sendable {
  let regex: Regex<AnyRegexOutput>
  let matchesWhole: Bool
  let bounds: Bounds

  init(_ pattern: String, ignoresCase: Bool = false, matchesWhole: Bool = false, bounds: Bounds)
    throws
  {
    regex = try Regex(pattern).ignoresCase(ignoresCase).anchorsMatchLineEndings()
    self.matchesWhole = matchesWhole
    self.bounds = bounds
  }

  func holds(for response: String) -> Bool {
    if matchesWhole { return (try? regex.wholeMatch(in: trimmed(response))) != nil }
    return bounds.range.contains(response.matches(of: regex).count)
  }
}

extension CheckKind {
  static let regex = CheckKind(
    name: "regex",
    summary: "`pattern` matches: somewhere, the `whole` response, or `at_least`… so many times."
  ) { reader in
    let pattern = reader.requiredString("pattern")
    let ignoresCase = reader.flag("ignore_case")
    let matchesWhole = reader.flag("whole")
    let bounds = Bounds(&reader, required: false) ?? Bounds(atLeast: 1)
    guard let pattern else { return nil }
    do {
      return try PatternCheck(
        pattern, ignoresCase: ignoresCase, matchesWhole: matchesWhole, bounds: bounds)
    } catch {
      reader.report("pattern \(quoted(pattern)) is no regular expression: \(error)")
      return nil
    }
  }
}
