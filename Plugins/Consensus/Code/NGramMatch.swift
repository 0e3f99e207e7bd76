import Foundation

/// The two n-gram parts of CodeBLEU (arXiv 2009.10297), as the package codebleu 0.7.0 computes
/// them: BLEU of orders 1 to 4 over words between white space, a count of zero replaced by 0.1.
struct NGramMatch {
  /// Words of a program; `f(xs):` is one.
  static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// Share of the hypothesis' n-grams that the reference has, clipped.
  static func precision(reference: [String], hypothesis: [String]) -> Double {
    let counts = (1...4).map { order in
      let (found, wanted) = (ngrams(hypothesis, order), ngrams(reference, order))
      return Count(
        matches: Double(found.reduce(0) { $0 + min($1.value, wanted[$1.key] ?? 0) }),
        total: Double(found.values.reduce(0, +)))
    }
    return score(counts, reference: reference.count, hypothesis: hypothesis.count)
  }

  /// Share of the reference's n-grams that the hypothesis has: recall, unlike the above. Of single
  /// words, a keyword of Python weighs 1 and any other 0.2. The package takes every reference for
  /// two words long here (it measures a pair of words and weights), so only a hypothesis of one
  /// word pays for its brevity.
  static func weightedRecall(reference: [String], hypothesis: [String]) -> Double {
    let counts = (1...4).map { order in
      let (found, wanted) = (ngrams(hypothesis, order), ngrams(reference, order))
      func weight(_ ngram: [String]) -> Double {
        order > 1 || keywords.contains(ngram[0]) ? 1 : 0.2
      }
      // In the order of the text: a sum over a dictionary would round otherwise in every run.
      var (matches, total) = (0.0, 0.0)
      for ngram in distinct(reference, order) {
        let count = wanted[ngram] ?? 0
        matches += weight(ngram) * Double(min(count, found[ngram] ?? 0))
        total += weight(ngram) * Double(count)
      }
      return Count(matches: matches, total: total)
    }
    return score(counts, reference: 2, hypothesis: hypothesis.count)
  }

  private struct Count {
    var matches: Double
    var total: Double
  }

  /// Geometric mean of the four shares times the brevity penalty.
  private static func score(_ counts: [Count], reference: Int, hypothesis: Int) -> Double {
    guard counts[0].matches > 0, hypothesis > 0 else { return 0 }
    let logarithms = counts.map { log(($0.matches == 0 ? 0.1 : $0.matches) / max(1, $0.total)) }
    let penalty = hypothesis > reference ? 1 : exp(1 - Double(reference) / Double(hypothesis))
    return penalty * exp(logarithms.reduce(0, +) / 4)
  }

  private static func ngrams(_ words: [String], _ order: Int) -> [[String]: Int] {
    var counts: [[String]: Int] = [:]
    for start in 0..<max(0, words.count - order + 1) {
      counts[Array(words[start..<start + order]), default: 0] += 1
    }
    return counts
  }

  private static func distinct(_ words: [String], _ order: Int) -> [[String]] {
    var seen: Set<[String]> = []
    return (0..<max(0, words.count - order + 1)).compactMap { start in
      let ngram = Array(words[start..<start + order])
      return seen.insert(ngram).inserted ? ngram : nil
    }
  }

  private static let keywords: Set<String> = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "case", "class",
    "continue", "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if",
    "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass", "raise", "return",
    "try", "type", "while", "with", "yield",
  ]
}
