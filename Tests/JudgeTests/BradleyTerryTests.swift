import Foundation
import Testing

@testable import Judge

struct BradleyTerryTests {
  private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  private func table(_ players: Int, _ wins: [(Int, Int, Double)]) -> PairTable {
    PairTable(
      players: players, pairs: wins.map { ($0.0, $0.1) },
      found: wins.map { win in
        let odds = log(win.2 / (1 - win.2))
        return .success(JudgedPair(straight: odds, turned: -odds))
      })
  }

  /// All pairs of players with these strengths.
  private func roundRobin(_ strengths: [Double]) -> PairTable {
    let pairs = strengths.indices.flatMap { i in
      strengths.indices.filter { $0 > i }.map { (i, $0, sigmoid(strengths[i] - strengths[$0])) }
    }
    return table(strengths.count, pairs)
  }

  @Test func recoversStrengths() throws {
    let strengths = [1.5, -0.25, 0.75, -2]
    let found = try BradleyTerry(ridge: 1e-6).strengths(roundRobin(strengths))
    for (found, wanted) in zip(found, strengths) { #expect(abs(found - wanted) < 1e-4) }
  }

  /// Two players: w − σ(d) = ridge · d / 2 with d = θ₁ − θ₂.
  @Test(arguments: [0.01, 0.1, 1, 10])
  func twoPlayersSolveTheirEquation(ridge: Double) throws {
    let found = try BradleyTerry(ridge: ridge).strengths(table(2, [(0, 1, 0.9)]))
    let distance = found[0] - found[1]
    #expect(abs(0.9 - sigmoid(distance) - ridge * distance / 2) < 1e-10)
  }

  /// At the optimum expected wins and prior make up the wins of every player, and strengths sum to 0.
  @Test func theGradientVanishes() throws {
    let wins = [(0, 1, 0.9), (1, 2, 0.3), (2, 3, 0.99), (0, 3, 0.2), (4, 0, 0.6)]
    let ridge = 0.1
    let found = try BradleyTerry(ridge: ridge).strengths(table(5, wins))
    var gradient = found.map { -ridge * $0 }
    for (i, j, win) in wins {
      gradient[i] += win - sigmoid(found[i] - found[j])
      gradient[j] -= win - sigmoid(found[i] - found[j])
    }
    #expect(gradient.allSatisfy { abs($0) < 1e-9 })
    #expect(abs(found.reduce(0, +)) < 1e-9)
  }

  @Test func evenPlayersAreEven() throws {
    let found = try BradleyTerry(ridge: 0.1).strengths(roundRobin([0, 0, 0]))
    #expect(found.allSatisfy { abs($0) < 1e-12 })
  }

  @Test func alwaysWinningIsFinite() throws {
    let certain = JudgedPair(straight: .one, turned: .two)
    #expect(certain.win == 1 && certain.isConsistent)
    let table = PairTable(
      players: 3, pairs: [(0, 1), (1, 2)], found: [.success(certain), .success(certain)])
    let found = try BradleyTerry(ridge: 1e-6).strengths(table)
    #expect(found.allSatisfy(\.isFinite) && found[0] > found[1] && found[1] > found[2])
  }

  @Test func playersWithoutComparisonsStandInTheMiddle() throws {
    let found = try BradleyTerry(ridge: 0.1).strengths(table(3, [(0, 1, 0.8)]))
    #expect(abs(found[2]) < 1e-12 && abs(found[0] + found[1]) < 1e-9)
  }
}
