import Foundation
import PluginAPI

/// Scores out of how significant each model's changes are: step 3 of the rule.
struct Calibration: Sendable {
  /// t: significances above t times the model's mean get a score of their own.
  let ratio: Double
  /// s: that score.
  let value: Double

  /// ½(score of the lengths + score of the directions) of every model and column.
  func weights(of changes: [ColumnChanges]) -> [[Double]] {
    let lengths = scores(ofRanks: changes.map { ranks($0.lengths) })
    let directions = scores(ofRanks: changes.map { ranks($0.directions) })
    return zip(lengths, directions).map { lengths, directions in
      zip(lengths, directions).map { ($0 + $1) / 2 }
    }
  }

  /// Scores of ranks 0 ..< n: significances r/n, whose mean is (n − 1)/2n.
  func scores(ofRanks ranks: [[Int]]) -> [[Double]] {
    let count = Double(ranks.first?.count ?? 0)
    return scores(
      of: ranks.map { $0.map { Double($0) / count } },
      means: ranks.map { _ in (count - 1) / (2 * count) })
  }

  /// Scores of each model's significances of the same columns; `means` are those of the models over
  /// all their columns.
  func scores(of significances: [[Double]], means: [Double]) -> [[Double]] {
    guard let columns = significances.first?.count else { return [] }
    var scores = significances
    for column in 0..<columns {
      let largest = significances.reduce(0) { max($0, $1[column]) }
      for model in scores.indices { scores[model][column] = exp(scores[model][column] - largest) }
      let sum = scores.reduce(0) { $0 + $1[column] }
      for model in scores.indices { scores[model][column] /= sum }
    }
    for model in scores.indices {
      let limit = ratio * means[model]
      for column in 0..<columns where significances[model][column] > limit {
        scores[model][column] = value
      }
    }
    return scores
  }
}

/// The place of every value in a stable ascending sort: of equal values the lowest index first, NaN
/// after all others.
func ranks(_ values: [Double]) -> [Int] {
  let order = values.indices.sorted { first, second in
    let (a, b) = (values[first], values[second])
    if a < b || b < a { return a < b }
    return a.isNaN == b.isNaN ? first < second : b.isNaN
  }
  var ranks = [Int](repeating: 0, count: values.count)
  for (rank, index) in order.enumerated() { ranks[index] = rank }
  return ranks
}
