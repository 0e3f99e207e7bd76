import Foundation
import PluginAPI

/// Answers in the tokens of one model. An answer may be written in several ways (`yes`, ` Yes`); its
/// probability is the sum over them.
struct SpelledAnswers: Sendable {
  /// Every form of every answer.
  let forms: [[Int32]]
  /// For each answer its forms.
  private let owned: [[Int]]
  /// For each form those of other answers that begin with it: `1` is not yet the answer 1 while it
  /// may go on to 10.
  private let extensions: [[Int]]

  /// - Parameter answers: For each answer its spellings, with which ` ` before them are tried too.
  /// - Throws: `Problem` when the model has no tokens that tell the answers apart.
  init(_ answers: [[String]], for model: LoadedModel) throws {
    var forms: [[Int32]] = []
    var owned: [[Int]] = []
    for spellings in answers {
      let own = try Self.forms(spellings, model)
      guard !own.isEmpty else {
        throw Self.unspeakable(spellings, model, "has no tokens for")
      }
      guard own.allSatisfy({ !forms.contains($0) }) else {
        throw Self.unspeakable(spellings, model, "has the same tokens for another answer and")
      }
      owned.append(Array(forms.count..<forms.count + own.count))
      forms += own
    }
    self.forms = forms
    self.owned = owned
    extensions = forms.indices.map { form in
      let longer = forms.indices.filter {
        forms[$0].count > forms[form].count && forms[$0].starts(with: forms[form])
      }
      // 100 is part of what 10 begins.
      return longer.filter { one in
        !longer.contains {
          forms[$0].count < forms[one].count && forms[one].starts(with: forms[$0])
        }
      }
    }
  }

  var longestForm: Int { forms.map(\.count).max() ?? 0 }

  /// Probability of each answer, from log p of each form in nats.
  func probabilities(_ logProbs: [Double]) -> [Double] {
    let own = forms.indices.map { form in
      let longer = extensions[form].reduce(0) { $0 + exp(logProbs[$1]) }
      return max(0, exp(logProbs[form]) - longer)
    }
    return owned.map { $0.reduce(0) { $0 + own[$1] } }
  }

  /// The distinct forms of an answer: those of one token where there are any, since a model that has
  /// a token for a word writes it so; none that another one begins, which holds them already.
  private static func forms(_ spellings: [String], _ model: LoadedModel) throws -> [[Int32]] {
    var forms: [[Int32]] = []
    for spelling in spellings.flatMap({ [$0, " " + $0] }) {
      let ids = try model.textIDs(spelling)
      let isKnown = !ids.isEmpty && !ids.contains { $0 == model.tokenizer.unkID }
      if isKnown, !forms.contains(ids) { forms.append(ids) }
    }
    let single = forms.filter { $0.count == 1 }
    if !single.isEmpty { return single }
    return forms.filter { form in !forms.contains { $0 != form && form.starts(with: $0) } }
  }

  private static func unspeakable(
    _ spellings: [String], _ model: LoadedModel, _ fault: String
  ) -> Problem {
    Problem(
      .badConfiguration, at: model.name,
      "the tokenizer \(fault) \(quoted(spellings.first ?? ""))", hint: "use read: written")
  }
}
