import PluginAPI
import TestSupport
import Testing

@testable import Calibrated

/// Regression mean: worked numbers, what the fit minimises, and statistics that do not fit.
struct RegMeanTests {
  private let models = [
    Tensor([1.5, -1.75, 0.5, -0.125, 1.8125, -1.125] as [Float], shape: [2, 3]),
    Tensor([0.75, -2.5, 0.9375, 0.4375, 1.5, -0.375] as [Float], shape: [2, 3]),
  ]
  private let grams = [
    Tensor([2, 0.5, 0, 0.5, 1, 0.25, 0, 0.25, 0.5] as [Float], shape: [3, 3]),
    Tensor([0.5, 0, 0.25, 0, 2, 0.5, 0.25, 0.5, 1] as [Float], shape: [3, 3]),
  ]
  private let mean: [Float] = [1.125, -2.125, 0.71875, 0.15625, 1.65625, -0.75]

  private func rule(ratio: Double = 0.1, ridge: Double = 0) -> RegMean {
    var options = RegMean.Options()
    (options.reduceNonDiagonalRatio, options.ridge) = (ratio, ridge)
    return RegMean(options)
  }

  private func merge(
    _ rule: RegMean, _ models: [Tensor]? = nil,
    _ statistics: @escaping @Sendable (Int, String) throws -> Tensor?
  ) throws -> [Float] {
    try merged(
      rule, base: nil, inputs: (models ?? self.models).map { ($0, NoOptions()) },
      statistics: statistics)
  }

  private func turned(_ tensor: Tensor) -> Tensor {
    let (rows, columns, values) = (tensor.rows, tensor.width, tensor.floats())
    return Tensor(
      (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } },
      shape: [columns, rows])
  }

  @Test(arguments: [
    (1.0, [1.470606, -2.210087, 0.651609, 0.055693, 1.551568, -0.535066] as [Float]),
    (0.1, [1.36151, -2.247434, 0.781347, -0.005865, 1.601994, -0.617502]),
  ])
  func matchesTheReference(ratio: Double, wanted: [Float]) throws {
    let found = try merge(rule(ratio: ratio)) { $1 == "gram" ? grams[$0] : nil }
    #expect(zip(found, wanted).allSatisfy { abs($0 - $1) < 2e-6 }, "six decimals are given")
    // The same weights stored [in, out].
    let other = try merge(rule(ratio: ratio), models.map(turned)) {
      $1 == "gram.transposed" ? grams[$0] : nil
    }
    #expect(turned(Tensor(other, shape: [3, 2])).floats() == found)
  }

  @Test func tensorsWithoutProductsGetTheMean() throws {
    let rows = Tensor([Int64(9)], shape: [1])
    let matrix = try merge(rule()) { $1 == "gram.rows" ? rows : nil }
    #expect(matrix == mean)
    // A vector needs no statistics.
    #expect(try merge(rule(), models.map { $0.reshaped([6]) }) { _, _ in nil } == mean)
  }

  @Test func unseenInputsGetTheMean() throws {
    // The second input is always 0: its row and column are 0.
    let gram = Tensor([2, 0, 0.5, 0, 0, 0, 0.5, 0, 1] as [Float], shape: [3, 3])
    let found = try merge(rule(ratio: 1)) { $1 == "gram" ? gram : nil }
    #expect(zip(found, mean).allSatisfy { abs($0 - $1) < 1e-6 }, "equal products")
    let zeros = Tensor(zeros: [3, 3])
    #expect(try merge(rule()) { $1 == "gram" ? zeros : nil } == mean)
    // Fewer texts than inputs: along (0, 1, −1) nothing is known.
    let single = Tensor([4, 2, 2, 2, 1, 1, 2, 1, 1] as [Float], shape: [3, 3])
    let other = try merge(rule(ratio: 1)) { $1 == "gram" ? single : nil }
    #expect(zip(other, mean).allSatisfy { abs($0 - $1) < 1e-5 }, "equal products, ridge of 7e-7")
  }

  @Test func ridgePullsToTheMean() throws {
    let free = try merge(rule(ratio: 1)) { $1 == "gram" ? grams[$0] : nil }
    let pulled = try merge(rule(ratio: 1, ridge: 1e6)) { $1 == "gram" ? grams[$0] : nil }
    #expect(zip(pulled, mean).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(free, mean).contains { abs($0 - $1) > 0.05 })
  }

  @Test func aModelMergedWithItselfStaysThatModel() throws {
    let found = try merge(rule(), [models[0], models[0]]) { $1 == "gram" ? grams[$0] : nil }
    #expect(zip(found, models[0].floats()).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// With the ratio 1 the fit has the least Σ tr((W − X_i) G_i (W − X_i)ᵀ): any step from it, and
  /// the mean, has more.
  @Test func hasTheLeastSquaredDifferenceOfOutputs() throws {
    func loss(_ weight: [Float]) -> Double {
      var sum = 0.0
      for (model, gram) in zip(models, grams) {
        let (x, g) = (model.floats(), gram.floats())
        for row in 0..<2 {
          let d = (0..<3).map { Double(weight[3 * row + $0] - x[3 * row + $0]) }
          for i in 0..<3 { for j in 0..<3 { sum += d[i] * Double(g[3 * i + j]) * d[j] } }
        }
      }
      return sum
    }
    let found = try merge(rule(ratio: 1)) { $1 == "gram" ? grams[$0] : nil }
    let least = loss(found)
    #expect(least < loss(mean) - 0.01)
    for index in found.indices {
      for step: Float in [-0.01, 0.01] {
        var moved = found
        moved[index] += step
        #expect(loss(moved) > least)
      }
    }
  }

  @Test func missingAndDamagedStatisticsAreRefused() {
    #expect(throws: Problem.self) { try merge(rule()) { _, _ in nil } }
    #expect(throws: Problem.self) { try merge(rule()) { $0 == 0 && $1 == "gram" ? grams[0] : nil } }
    for bad in [
      Tensor(zeros: [2, 2]), Tensor([Float](repeating: .nan, count: 9), shape: [3, 3]),
      Tensor([Float](repeating: -1, count: 9), shape: [3, 3]),
      // No inner products: larger off the diagonal than on it.
      Tensor([1, 90, 0, 90, 1, 0, 0, 0, 1] as [Float], shape: [3, 3]),
      Tensor(zeros: [3, 3], dtype: .bf16),
    ] {
      #expect(throws: Problem.self) { try merge(rule()) { $1 == "gram" ? bad : nil } }
    }
  }
}
