import PluginAPI

/// How alike two answers are, in 0...1 and the same both ways. One file a measure; the name is what
/// the option `similarity` takes.
enum TextSimilarity: String, OptionChoice {
  /// The extracted answers are the same: self-consistency (arXiv 2203.11171).
  case exact
  /// 1 − edit distance over the longer length, in code points.
  case edit
  /// F1 of the words, as a bag.
  case tokenF1 = "token_f1"

  func callAsFunction(_ one: String, _ other: String) -> Double {
    switch self {
    case .exact: one == other ? 1 : 0
    case .edit: editSimilarity(one, other)
    case .tokenF1: wordF1(one, other)
    }
  }
}

private func editSimilarity(_ one: String, _ other: String) -> Double {
  let longest = max(one.unicodeScalars.count, other.unicodeScalars.count)
  return longest == 0 ? 1 : 1 - Double(editDistance(one, other)) / Double(longest)
}

/// Words between white space, in lower case. Two empty texts are the same.
private func wordF1(_ one: String, _ other: String) -> Double {
  let (ones, others) = (words(one), words(other))
  let total = ones.values.reduce(0, +) + others.values.reduce(0, +)
  guard total > 0 else { return 1 }
  let common = ones.reduce(0) { $0 + min($1.value, others[$1.key] ?? 0) }
  return 2 * Double(common) / Double(total)
}

private func words(_ text: String) -> [Substring: Int] {
  text.lowercased().split(whereSeparator: \.isWhitespace).reduce(into: [:]) {
    $0[$1, default: 0] += 1
  }
}
