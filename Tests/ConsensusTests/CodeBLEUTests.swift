import Foundation
import PluginAPI
import SyntaxTrees
import Testing

@testable import Consensus

/// Worked programs, and the package's numbers.
enum Programs {
  static let a = "def f(xs):\n    t = 0\n    for x in xs:\n        t = t + x\n    return t\n"
  static let b = "def f(xs):\n    s = 0\n    for v in xs:\n        s = s + v\n    return s\n"
  static let c = "def f(xs):\n    return sum(xs)\n"
  static let d = "def f(xs):\n    t = 0\n    for x in xs:\n        t = t - x\n    return t\n"
}

private let quarters = CodeBLEU.Parts(ngram: 0.25, weighted: 0.25, syntax: 0.25, dataFlow: 0.25)
private let hasGrammar = (try? Grammar(language: "python")) != nil

/// Reference first; computed with codebleu 0.7.0.
private let pairs: [(name: String, one: String, other: String, parts: [Double], total: Double)] = [
  ("A,A", Programs.a, Programs.a, [1, 1, 1, 1], 1),
  ("A,B", Programs.a, Programs.b, [0.097823757, 0.104455227, 1, 1], 0.550569746),
  ("B,A", Programs.b, Programs.a, [0.097823757, 0.104455227, 1, 1], 0.550569746),
  (
    "A,C", Programs.a, Programs.c, [0.009361470, 0.033498088, 0.083333333, 0.222222222],
    0.087103778
  ),
  ("C,A", Programs.c, Programs.a, [0.028787878, 0.197703814, 0.142857143, 1], 0.342337209),
  ("A,D", Programs.a, Programs.d, [0.815355104, 0.822066411, 1, 1], 0.909355379),
  ("B,D", Programs.b, Programs.d, [0.095280706, 0.103436030, 1, 1], 0.549679184),
]

@Test(arguments: pairs.indices)
func wordPartsAreThoseOfThePackage(index: Int) {
  let pair = pairs[index]
  let (one, other) = (NGramMatch.words(pair.one), NGramMatch.words(pair.other))
  let ngram = NGramMatch.precision(reference: one, hypothesis: other)
  let weighted = NGramMatch.weightedRecall(reference: one, hypothesis: other)
  #expect(abs(ngram - pair.parts[0]) < 1e-9, "nine digits were recorded: \(pair.name)")
  #expect(abs(weighted - pair.parts[1]) < 1e-9, "nine digits were recorded: \(pair.name)")
}

@Test func indentationTellsProgramsApartWithoutAGrammar() {
  func key(_ program: String) -> String { ProgramProfile(words: program).key }
  let inside = "def f(x):\n    if x:\n        x += 1\n        return x\n"
  let outside = "def f(x):\n    if x:\n        x += 1\n    return x\n"
  #expect(key(inside) != key(outside))
  #expect(key(inside) == key("def f(x):  \n\n    if x:\n        x += 1\n\n        return x"))
}

@Test func wordsThatNeverMeetScoreNothing() {
  #expect(NGramMatch.precision(reference: ["a"], hypothesis: ["b"]) == 0)
  #expect(NGramMatch.precision(reference: [], hypothesis: []) == 0)
  #expect(NGramMatch.weightedRecall(reference: ["a", "b"], hypothesis: []) == 0)
}

/// Needs the Python grammar: scripts/fetch-grammar.
@Suite(.enabled(if: hasGrammar, "run scripts/fetch-grammar"))
struct CodeBLEUTests {
  let metric: CodeBLEU

  init() throws { metric = try CodeBLEU(weights: quarters) }

  @Test(arguments: pairs.indices)
  func allPartsAreThoseOfThePackage(index: Int) throws {
    let pair = pairs[index]
    let parts = metric.parts(
      reference: try metric.profile(of: pair.one), hypothesis: try metric.profile(of: pair.other))
    let found = [parts.ngram, parts.weighted, parts.syntax, parts.dataFlow]
    for (value, expected) in zip(found, pair.parts) {
      #expect(abs(value - expected) < 1e-9, "nine digits were recorded: \(pair.name)")
    }
    #expect(abs(parts.total(quarters) - pair.total) < 1e-9, "\(pair.name)")
  }

  /// Sums over the 240 ordered pairs of programs for the same task in Examples/rewards, as the
  /// package gives them once its unordered sets keep the order of the text.
  @Test func sumsOverManyPairsAreThoseOfThePackage() throws {
    var found = [0.0, 0, 0, 0]
    for (one, other) in try Self.pairsOfTheExample() {
      let parts = metric.parts(
        reference: try metric.profile(of: one), hypothesis: try metric.profile(of: other))
      found[0] += parts.ngram
      found[1] += parts.weighted
      found[2] += parts.syntax
      found[3] += parts.dataFlow
    }
    for (value, expected) in zip(found, [69.060243143, 87.648227656, 119.197184342, 142.469028676])
    {
      #expect(abs(value - expected) < 1e-8, "nine digits were recorded")
    }
  }

  private static func pairsOfTheExample() throws -> [(String, String)] {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Examples/rewards/data/programs-answers.jsonl").path
    var programs: [(prompt: String, program: String)] = []
    for row in try JSONLines.read(path: path).map(\.value) {
      let prompt = Prompt(id: "", messages: [])
      let response = try #require(row["response"]?.string)
      programs.append(
        (
          try #require(row["prompt"]?.string),
          CodeTask(prompt, entryPoint: nil).program(in: response)
        ))
    }
    return programs.indices.flatMap { i in
      programs.indices.filter { $0 != i && programs[$0].prompt == programs[i].prompt }
        .map { (programs[i].program, programs[$0].program) }
    }
  }

  @Test func countsSubtreesAndEdges() throws {
    let (a, c) = (try metric.profile(of: Programs.a), try metric.profile(of: Programs.c))
    #expect(a.syntax.subtrees.count == 12)
    #expect(c.syntax.subtrees.count == 7)
    let shared = Set(a.syntax.subtrees).intersection(c.syntax.subtrees)
    #expect(shared == ["(parameters (identifier))"])
    #expect(
      c.flow.edges == [
        DataFlow.Edge(variable: 0, relation: .comesFrom, sources: []),
        DataFlow.Edge(variable: 0, relation: .comesFrom, sources: [0]),
      ])
    let expected: [(Int, DataFlow.Relation, [Int])] = [
      (0, .comesFrom, []), (2, .computedFrom, [1]), (1, .comesFrom, []), (3, .computedFrom, [0]),
      (0, .comesFrom, [0]), (2, .computedFrom, [2, 3]), (2, .comesFrom, [2]),
      (3, .comesFrom, [3]), (2, .comesFrom, [2]),
    ]
    #expect(
      a.flow.edges
        == expected.map { DataFlow.Edge(variable: $0.0, relation: $0.1, sources: $0.2) })
  }

  @Test func spacingMatters() throws {
    func spaced(_ text: String) -> String {
      var text = text
      for sign in ["(", ")", ":"] { text = text.replacing(sign, with: " \(sign) ") }
      return text
    }
    let (a, b) = (
      try metric.profile(of: spaced(Programs.a)), try metric.profile(of: spaced(Programs.b))
    )
    let total = metric.parts(reference: a, hypothesis: b).total(quarters)
    #expect(abs(total - 0.683992483) < 1e-9, "nine digits were recorded")
  }

  @Test func layoutAndCommentsMakeNoOtherProgram() throws {
    let commented = Programs.a
      .replacing("t = 0", with: "t = 0   # the sum")
      .replacing("def f(xs):\n", with: "def f(xs):\n    \"\"\"The sum.\"\"\"\n\n")
    let (a, other) = (try metric.profile(of: Programs.a), try metric.profile(of: commented))
    #expect(a.key == other.key)
    #expect(a.key != (try metric.profile(of: Programs.b)).key)
    let parts = metric.parts(reference: a, hypothesis: other)
    #expect(parts.syntax == 1 && parts.dataFlow == 1)
  }

  @Test func theSymmetricSimilarityIsTheMeanOfBothDirections() throws {
    let (a, c) = (try metric.profile(of: Programs.a), try metric.profile(of: Programs.c))
    let both = metric.similarity(a, c, symmetric: true)
    #expect(abs(both - (0.087103778 + 0.342337209) / 2) < 1e-9, "nine digits were recorded")
    #expect(both == metric.similarity(c, a, symmetric: true))
    #expect(metric.similarity(a, c, symmetric: false) != metric.similarity(c, a, symmetric: false))
  }
}
