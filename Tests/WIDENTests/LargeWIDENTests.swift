import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import WIDEN

/// Tensors of several blocks against the rule written down plainly, in f64.
@Suite struct LargeWIDENTests {
  @Test(arguments: [(300, 200), (1, 5000), (5000, 1), (3, 40_000)])
  func matchesThePlainRule(rows: Int, columns: Int) throws {
    let (base, models) = tensors(rows * columns)
    for role in [TensorRole.other, .embedding] {
      let result = try merged(
        widen(t: 1.1, s: 0.8), base: Tensor(base, shape: [rows, columns]),
        inputs: models.map { (Tensor($0, shape: [rows, columns]), NoOptions()) }, role: role)
      let wanted = plainMatrix(
        base, models, rows: rows, columns: columns, byRows: role == .embedding, t: 1.1, s: 0.8)
      // Four f32 roundings of values up to 3.
      expectClose(result, wanted, within: 1e-6)
    }
  }

  @Test func matchesThePlainRuleOfVectors() throws {
    let (base, models) = tensors(40_001)
    let result = try merged(
      widen(t: 0.9, s: 1.2), base: Tensor(base, shape: [40_001]),
      inputs: models.map { (Tensor($0, shape: [40_001]), NoOptions()) })
    expectClose(result, plainVector(base, models, t: 0.9, s: 1.2), within: 1e-6)
  }

  private func tensors(_ count: Int) -> ([Float], [[Float]]) {
    let base = values(count, seed: 1)
    let models = [(UInt64(2), Float(1)), (3, 0.1), (4, 0.01)].map { seed, size in
      zip(base, values(count, seed: seed)).map { $0 + size * $1 }
    }
    return (base, models)
  }
}

private func plainMatrix(
  _ base: [Float], _ models: [[Float]], rows: Int, columns: Int, byRows: Bool, t: Double, s: Double
) -> [Float] {
  let count = byRows ? rows : columns
  let place = { (column: Int, index: Int) in
    byRows ? column * columns + index : index * columns + column
  }
  let vector = { (values: [Float], column: Int) in
    (0..<(byRows ? columns : rows)).map { Double(values[place(column, $0)]) }
  }
  let dot = { (a: [Double], b: [Double]) in zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  var scores = models.map { _ in [Double](repeating: 0, count: count) }
  for isDirection in [false, true] {
    let significances = models.map { model -> [Double] in
      let changes = (0..<count).map { column -> Double in
        let (a, b) = (vector(model, column), vector(base, column))
        let (long, short) = (dot(a, a).squareRoot(), dot(b, b).squareRoot())
        // One element has one of two directions.
        if isDirection && a.count == 1 { return a[0] * b[0] > 0 ? 0 : 2 }
        return isDirection ? 1 - dot(a, b) / (long * short) : abs(long - short)
      }
      let order = changes.indices.sorted { (changes[$0], $0) < (changes[$1], $1) }
      var result = changes
      for (rank, column) in order.enumerated() { result[column] = Double(rank) / Double(count) }
      return result
    }
    let means = significances.map { $0.reduce(0, +) / Double(count) }
    for column in 0..<count {
      let sum = significances.reduce(0) { $0 + exp($1[column]) }
      for model in models.indices {
        let value = significances[model][column]
        scores[model][column] += (value > t * means[model] ? s : exp(value) / sum) / 2
      }
    }
  }
  var result = base.map { Double($0) }
  for model in models.indices {
    for column in 0..<count {
      for index in 0..<(byRows ? columns : rows) {
        let at = place(column, index)
        result[at] += scores[model][column] * Double(models[model][at] - base[at])
      }
    }
  }
  return result.map { Float($0) }
}

private func plainVector(_ base: [Float], _ models: [[Float]], t: Double, s: Double) -> [Float] {
  let deltas = models.map { zip($0, base).map { Double($0 - $1) } }
  let means = deltas.map { $0.reduce(0) { $0 + abs($1) } / Double(base.count) }
  return base.indices.map { index in
    let sum = deltas.reduce(0) { $0 + exp(abs($1[index])) }
    return Float(
      zip(deltas, means).reduce(Double(base[index])) { result, model in
        let change = model.0[index]
        return result + (abs(change) > t * model.1 ? s : exp(abs(change)) / sum) * change
      })
  }
}
