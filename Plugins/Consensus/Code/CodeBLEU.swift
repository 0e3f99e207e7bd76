import PluginAPI
import SyntaxTrees

/// CodeBLEU of Python programs: words, weighted words, syntax and data flow in four weighted parts
/// (Ren et al., arXiv 2009.10297), with the numbers of the package codebleu 0.7.0.
struct CodeBLEU {
  /// The parts, each in 0...1, or their weights.
  struct Parts: Equatable, Sendable {
    var ngram: Double
    var weighted: Double
    var syntax: Double
    var dataFlow: Double

    /// A data flow without a match counts as full, as in the package: a program without any would
    /// lose a quarter otherwise.
    func total(_ weights: Parts) -> Double {
      weights.ngram * ngram + weights.weighted * weighted + weights.syntax * syntax
        + weights.dataFlow * (dataFlow == 0 ? 1 : dataFlow)
    }
  }

  let weights: Parts
  /// nil: syntax and data flow are not asked for, and are 0.
  private let grammar: Grammar?

  /// - Throws: `Problem` (66) when a weight asks for the grammar and it is not there.
  init(weights: Parts) throws {
    self.weights = weights
    let needsTree = weights.syntax != 0 || weights.dataFlow != 0
    grammar = needsTree ? try Grammar(language: "python") : nil
  }

  /// What comparing needs to know of a program, made once.
  func profile(of program: String) throws -> ProgramProfile {
    try grammar.map { try ProgramProfile(program, grammar: $0) } ?? ProgramProfile(words: program)
  }

  /// How much of `reference` is in `hypothesis`: the two are not interchangeable.
  func parts(reference: ProgramProfile, hypothesis: ProgramProfile) -> Parts {
    Parts(
      ngram: NGramMatch.precision(reference: reference.words, hypothesis: hypothesis.words),
      weighted: NGramMatch.weightedRecall(
        reference: reference.words, hypothesis: hypothesis.words),
      syntax: reference.syntax.share(in: hypothesis.syntax),
      dataFlow: reference.flow.share(in: hypothesis.flow))
  }

  /// - Parameter symmetric: The mean of both directions, else the first as reference only.
  func similarity(
    _ one: ProgramProfile, _ other: ProgramProfile, symmetric: Bool
  ) -> Double {
    let forward = parts(reference: one, hypothesis: other).total(weights)
    guard symmetric else { return forward }
    return (forward + parts(reference: other, hypothesis: one).total(weights)) / 2
  }
}

/// A program in the terms of CodeBLEU.
struct ProgramProfile {
  let words: [String]
  let syntax: SyntaxProfile
  let flow: DataFlow
  /// The same for programs that differ in layout and comments only; without a grammar, in empty
  /// lines and white space at the end of lines only.
  let key: String
  /// Where it is no Python; nil where it is, or no grammar was at hand.
  let error: (line: Int, column: Int)?

  /// Without a tree: by words alone.
  init(words program: String) {
    words = NGramMatch.words(program)
    // Indentation is what a program means.
    let lines = program.split(whereSeparator: \.isNewline).map { line in
      String(line.reversed().drop(while: \.isWhitespace).reversed())
    }
    let key = lines.filter { !$0.isEmpty }.joined(separator: "\n")
    (syntax, flow, self.key, error) = (SyntaxProfile(), DataFlow(), key, nil)
  }

  init(_ program: String, grammar: Grammar) throws {
    let text = String(program.trimmed)
    words = NGramMatch.words(text)
    let whole = try grammar.tree(of: text)
    let tree = try grammar.tree(of: whole.withoutComments)
    syntax = SyntaxProfile(tree)
    flow = DataFlow(tree)
    key = tree.expressions()[0] + " " + tree.words.joined(separator: " ")
    error = whole.firstError
  }
}

extension StringProtocol {
  /// Without the white space around it.
  var trimmed: SubSequence {
    let start = firstIndex { !$0.isWhitespace } ?? endIndex
    let last = lastIndex { !$0.isWhitespace }
    return self[start..<(last.map { index(after: $0) } ?? start)]
  }
}
