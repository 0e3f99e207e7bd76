import Foundation
import PluginAPI

/// How good the picks are by the recipe's rewards, which had no part in them: beside what chance, a
/// vote by text and a perfect choice would give. Means over the prompts whose candidates all have a
/// grade.
struct SelectionGrades: Equatable {
  private(set) var prompts = 0
  private(set) var pick = 0.0
  /// The mean of all candidates.
  private(set) var random = 0.0
  /// The text that most candidates have, the first of equals.
  private(set) var commonest = 0.0
  /// The best candidate.
  private(set) var oracle = 0.0
  /// Share of prompts where the commonest text is worse than the best candidate: the popularity trap.
  private(set) var trap = 0.0

  /// nil when no prompt has grades.
  init?(_ selections: [Selection]) {
    for selection in selections { add(selection) }
    guard prompts > 0 else { return nil }
    for path in [\Self.pick, \.random, \.commonest, \.oracle, \.trap] {
      self[keyPath: path] /= Double(prompts)
    }
  }

  private mutating func add(_ selection: Selection) {
    guard let grades = selection.grades, let best = grades.max(), grades.allSatisfy(\.isFinite),
      let pick = Panel.best(selection.candidates.map(\.score))
    else { return }
    let common = grades[selection.commonest]
    prompts += 1
    self.pick += grades[pick]
    random += grades.reduce(0, +) / Double(grades.count)
    commonest += common
    oracle += best
    trap += common < best ? 1 : 0
  }

  var summary: String {
    let values = [
      ("the pick", pick), ("a random response", random), ("the commonest text", commonest),
      ("the best response", oracle),
    ].map { String(format: "%@ %.3f", $0, $1) }
    return "by the recipe's rewards, over \(prompts) prompts: " + values.joined(separator: ", ")
      + String(format: "; the commonest text is not the best for %.1f %% of them", 100 * trap)
  }
}

extension Selection {
  /// Place of the first candidate with the text that most have.
  fileprivate var commonest: Int {
    var counts: [String: Int] = [:]
    for candidate in candidates { counts[candidate.text, default: 0] += 1 }
    let most = counts.values.max() ?? 0
    return candidates.firstIndex { counts[$0.text] == most } ?? 0
  }
}
