import Foundation
import PluginAPI

/// Strengths θ of players whose chances against each other are σ(θᵢ − θⱼ) (Bradley and Terry, 1952).
///
/// Maximises Σ w·log σ(θᵢ − θⱼ) + (1 − w)·log σ(θⱼ − θᵢ) − ridge/2 · Σ θ², where w is the probability
/// that i beats j, by Newton's method. The prior keeps strengths finite for those who always win, and
/// makes their sum 0, as the likelihood's own gradient sums to 0.
struct BradleyTerry {
  /// Precision of the normal prior, above 0.
  let ridge: Double

  /// θ of each player, in log-odds.
  /// - Throws: `Problem` where the equations cannot be solved.
  func strengths(_ table: PairTable) throws -> [Double] {
    var theta = [Double](repeating: 0, count: table.players)
    for _ in 0..<Self.stepLimit {
      let step = try newtonStep(table, theta)
      // Far from the optimum the quadratic model overshoots.
      let largest = step.map(abs).max() ?? 0
      let scale = largest > 2 ? 2 / largest : 1
      for player in theta.indices { theta[player] += scale * step[player] }
      if largest < 1e-12 { break }
    }
    return theta
  }

  private static let stepLimit = 200

  private func newtonStep(_ table: PairTable, _ theta: [Double]) throws -> [Double] {
    let count = table.players
    var gradient = theta.map { -ridge * $0 }
    var curvature = [Double](repeating: 0, count: count * count)
    for player in 0..<count { curvature[player * count + player] = ridge }
    for entry in table.entries {
      let (i, j) = (entry.one, entry.two)
      let chance = 1 / (1 + exp(theta[j] - theta[i]))
      let (surprise, weight) = (entry.pair.win - chance, chance * (1 - chance))
      gradient[i] += surprise
      gradient[j] -= surprise
      curvature[i * count + i] += weight
      curvature[j * count + j] += weight
      curvature[i * count + j] -= weight
      curvature[j * count + i] -= weight
    }
    let matrix = Matrix(rows: count, columns: count, values: curvature)
    return try matrix.solvingPositive(Matrix(rows: count, columns: 1, values: gradient)).values
  }
}
