import Testing

@testable import Consensus

@Suite struct AgreementTests {
  /// A worked vote: S and counterexamples of p1…p4.
  private let syntax: [[Double]] = [[0.62, 0.35, 0.58], [0.33, 0.60], [0.30]]
  private let counts: [[Int]] = [[0, 0, 4], [0, 5], [6]]

  private func scores(lambda: Double) -> [Double] {
    let s = Agreement(count: 4) { syntax[$0][$1 - $0 - 1] }
    let b = Agreement(count: 4) {
      Agreement.behaviour(counterexamples: counts[$0][$1 - $0 - 1], limit: 6)
    }
    return s.mixed(with: b, lambda: lambda).scores(voters: 1)
  }

  private static let votes: [(lambda: Double, scores: [Double])] = [
    (0.5, [1.941666667, 1.858333333, 1.49, 0.99]), (1, [1.55, 1.55, 0.98, 1.48]),
    (0, [2.333333333, 2.166666667, 2.0, 0.5]),
  ]

  @Test(arguments: Self.votes)
  func votesAsTheTestVectors(lambda: Double, expected: [Double]) {
    for (score, value) in zip(scores(lambda: lambda), expected) {
      #expect(abs(score - value) < 1e-9, "nine digits were recorded")
    }
  }

  @Test func textAlonePrefersTheWrongTwin() {
    let text = scores(lambda: 1)
    #expect(text[3] > text[2])
    let both = scores(lambda: 0.5)
    #expect(both[3] < both[2])
  }

  private static let counted: [(count: Int, value: Double)] = [
    (0, 1), (1, 0.833333333), (2, 0.666666667), (3, 0.5), (5, 0.166666667), (6, 0), (9, 0),
  ]

  @Test(arguments: Self.counted)
  func countsCounterexamplesUpToTheLimit(count: Int, expected: Double) {
    #expect(abs(Agreement.behaviour(counterexamples: count, limit: 6) - expected) < 1e-9)
  }

  @Test func dividesByTheVoters() {
    let agreement = Agreement(count: 3) { _, _ in 0.5 }
    #expect(agreement.scores(voters: 2) == [0.5, 0.5, 0.5])
  }

  @Test func permutingCandidatesPermutesScores() {
    let values = [0: 0.1, 1: 0.9, 2: 0.4, 3: 0.7]
    func similarity(_ i: Int, _ j: Int) -> Double { (values[i] ?? 0) * (values[j] ?? 0) }
    let order = [2, 0, 3, 1]
    let plain = Agreement(count: 4, similarity).scores(voters: 3)
    let moved = Agreement(count: 4) { similarity(order[$0], order[$1]) }.scores(voters: 3)
    for (place, index) in order.enumerated() {
      #expect(abs(moved[place] - plain[index]) < 1e-12, "rounding of another order of three terms")
    }
  }

  @Test func aCloneHelpsItsOriginalMost() {
    let pairs: [[Double]] = [[0.2, 0.6], [0.5]]
    func similarity(_ i: Int, _ j: Int) -> Double {
      let (one, other) = (i % 3, j % 3)  // candidate 3 is a clone of 0
      if one == other { return 1 }
      return pairs[min(one, other)][max(one, other) - min(one, other) - 1]
    }
    let before = Agreement(count: 3, similarity).scores(voters: 1)
    let after = Agreement(count: 4, similarity).scores(voters: 1)
    let gains = (0..<3).map { after[$0] - before[$0] }
    #expect(gains[0] > gains[1] && gains[0] > gains[2])
  }

  @Test func equalKeysAreOneVoterWhereAsked() {
    let keys = ["x", "y", "x", "z", "y"]
    let merged = Voters(keys, merging: true)
    #expect(merged.first == [0, 1, 3])
    #expect(merged.of == [0, 1, 0, 2, 1])
    #expect(Voters(keys, merging: false).count == 5)
  }
}
