internal import Formats
internal import Kernels
internal import Tokenizers

extension VocabularyRequest {
  /// Padding beyond this is a slip of the pen.
  private static let paddingLimit = 1 << 20

  /// What can be said without reading a file.
  func check() throws(Problem) {
    guard !members.isEmpty else { throw problem("no models whose vocabularies could be aligned") }
    for member in members {
      guard member.rows >= 0, member.vocabularySize >= 0 else {
        throw problem(
          "model \(quoted(member.name)) has \(member.rows) rows and vocab_size "
            + "\(member.vocabularySize)", expected: "neither below zero")
      }
    }
    if let padToMultipleOf, !(1...Self.paddingLimit).contains(padToMultipleOf) {
      throw problem(
        "pad_to_multiple_of is \(padToMultipleOf)", expected: "1 to \(Self.paddingLimit)")
    }
    try checkIndex(baseIndex ?? 0, "the base")
    if case .model(let index) = source { try checkIndex(index, "the tokenizer's source") }
    var seen = TokenStrings()
    for override in overrides {
      guard !override.token.isEmpty else {
        throw Problem(.badConfiguration, at: override.place, "a listed token has no text")
      }
      guard seen.insert(override.token).isNew else {
        throw Problem(
          .badConfiguration, at: override.place,
          "token \(quoted(override.token)) is listed twice", expected: "once")
      }
      if case .model(let index, _) = override.row { try checkIndex(index, "a token's source") }
    }
  }

  private func checkIndex(_ index: Int, _ role: String) throws(Problem) {
    guard members.indices.contains(index) else {
      throw problem("\(role) is model \(index) of \(members.count)", expected: "one of them")
    }
  }

  private func problem(_ what: String, expected: String? = nil) -> Problem {
    Problem(.badConfiguration, at: place, what, expected: expected)
  }

  /// `count` rounded up to the multiple that is asked for.
  func paddedCount(_ count: Int) -> Int {
    let multiple = max(1, padToMultipleOf ?? 1)
    return (count + multiple - 1) / multiple * multiple
  }

  /// Appends the listed tokens that are in no tokenizer so far, and says which of them look like
  /// another one misspelt.
  func appendTokens(
    to output: inout OutputVocabulary, _ report: inout VocabularyReport
  ) throws(Problem) {
    let known = output.added.map(\.content)
    for override in overrides where !output.contains(override.token) {
      try output.append(override.token)
      report.appended.add(override.token)
      if let meant = closest(to: override.token, among: known) {
        let place = override.place.map { "\($0): " } ?? ""
        report.warnings.append(
          "\(place)token \(quoted(override.token)) is in no tokenizer and is added; "
            + "did you mean \(quoted(meant))?")
      }
    }
  }
}
