import Foundation
import PluginAPI
import TestSupport
import Testing

@testable import TaskVectors

/// Rules that drop at random: exact where the mask is known, by their statistics elsewhere.
@Suite struct RandomRuleTests {
  /// The mask depends on seed, name and place alone, so that a delta of ones shows it.
  @Test(arguments: [[5], [16_385], [131, 517]], [true, false])
  func dareMatchesPlainLoops(shape: [Int], rescale: Bool) throws {
    let models = Models(shape: shape, weights: [1, 0.5, -0.25])
    let masks = try masks(of: models, density: 0.4)
    let inputs = models.inputs { DenseInput($0, density: 0.4) }
    let linear = try method(DARELinear.self) { $0.mix.rescale = rescale }
    models.expect(
      try merged(linear, base: models.base, inputs: inputs),
      PlainMix(electsSigns: false, normalizes: false, rescales: rescale), masks)
    let electing = try method(DARETIES.self) { $0.mix.rescale = rescale }
    models.expect(
      try merged(electing, base: models.base, inputs: inputs),
      PlainMix(electsSigns: true, normalizes: false, rescales: rescale), masks)
  }

  private func masks(of models: Models, density: Double) throws -> [[Bool]] {
    let plain = try method(DARELinear.self) { $0.mix.rescale = false }
    let zeros = Tensor(zeros: models.base.shape)
    let ones = Tensor([Float](repeating: 1, count: zeros.count), shape: zeros.shape)
    return try models.weights.indices.map { index in
      let inputs = models.weights.indices.map {
        (ones, DenseInput($0 == index ? 1 : 0, density: density))
      }
      return try merged(plain, base: zeros, inputs: inputs).map { $0 != 0 }
    }
  }

  @Test func masksDependOnSeedNameAndPlace() throws {
    let ones = Tensor([Float](repeating: 1, count: 4000), shape: [40, 100])
    let rule = try method(DARELinear.self) { $0.mix.rescale = false }
    func mask(_ name: String, seed: UInt64, place: Int = 0) throws -> [Float] {
      let inputs = (0..<2).map { (ones, DenseInput($0 == place ? 1 : 0, density: 0.5)) }
      return try merged(
        rule, base: Tensor(zeros: [40, 100]), inputs: inputs, name: name, seed: seed)
    }
    let first = try mask("a", seed: 1)
    #expect(try mask("a", seed: 1) == first)
    for other in [
      try mask("b", seed: 1), try mask("a", seed: 2), try mask("a", seed: 1, place: 1),
    ] {
      let equal = zip(first, other).filter { $0 == $1 }.count
      // Half agree by chance; five standard deviations.
      #expect(abs(Double(equal) - 2000) <= 5 * 1000.0.squareRoot())
    }
  }

  @Test func dellaProbabilities() {
    let arena = VectorArena()
    let rule = Magprune(density: 0.6, epsilon: 0.2)
    for (row, wanted) in [
      ([0.5, 0.25, 0], [0.8, 0.6, 0.4]), ([-0.375, 0.3125, -0.125], [0.8, 0.6, 0.4]),
      ([7], [0.6]), ([1, -1, 1, 1], [0.4, 0.533333, 0.666667, 0.8]),
    ] as [([Float], [Double])] {
      let (values, probabilities) = (arena.vector(row.count), arena.vector(row.count))
      for (index, value) in row.enumerated() { values[index] = value }
      rule.setProbabilities(probabilities, of: values, in: arena)
      expectRounded(probabilities.values, wanted)
    }
  }

  @Test(arguments: [(0.9, 0.15), (0.1, 0.15), (0.5, 0.5), (0.5, -0.6), (0.1, 0.1)])
  func dellaRefusesImpossibleProbabilities(density: Double, epsilon: Double) throws {
    let input = Magprune.Input(1, density: density, epsilon: epsilon)
    let problem = #expect(throws: Problem.self) {
      try merged(
        method(DELLA.self), base: Small.base, inputs: [(Small.a, input)], name: "up.weight")
    }
    let text = problem?.description ?? ""
    for part in ["'up.weight'", "'model 0'", "\(density)", "\(epsilon)"] {
      #expect(text.contains(part), "\(text)")
    }
  }

  /// With a negative epsilon small elements are the likelier ones, as in mergekit.
  @Test(arguments: [0.3, -0.3])
  func dellaKeepsByRank(epsilon: Double) throws {
    // Rows wider than a block; magnitudes grow along each, so that the rank is the column.
    let (rows, width) = (4, 20_000)
    let x = (0..<rows * width).map { Float($0 % width + 1) }
    let rule = try method(DELLALinear.self) { $0.mix.rescale = false }
    let result = try merged(
      rule, base: Tensor(zeros: [rows, width]),
      inputs: [
        (Tensor(x, shape: [rows, width]), Magprune.Input(1, density: 0.5, epsilon: epsilon))
      ])
    for eighth in 0..<8 {
      let columns = eighth * width / 8..<(eighth + 1) * width / 8
      let kept = result.indices.filter { columns.contains($0 % width) && result[$0] != 0 }.count
      let count = rows * columns.count
      let p = 0.5 - epsilon + 2 * epsilon * (Double(eighth) + 0.5) / 8
      let bound = 5 * (p * (1 - p) / Double(count)).squareRoot()
      #expect(abs(Double(kept) / Double(count) - p) <= bound, "eighth \(eighth)")
    }
  }

  /// A vector is one row; rows of one element are kept with the density itself; more axes have the
  /// rows of the last.
  @Test func dellaRowsOfAnyShape() throws {
    let x = (0..<60_000).map { Float($0 % 600 + 1) }
    let rule = try method(DELLALinear.self) { $0.mix.rescale = false }
    func kept(_ shape: [Int]) throws -> [Float] {
      try merged(
        rule, base: Tensor(zeros: shape),
        inputs: [(Tensor(x, shape: shape), Magprune.Input(1, density: 0.5, epsilon: 0.4))])
    }
    #expect(try kept([100, 600]) == kept([10, 10, 600]))
    #expect(try kept([1, 60_000]) == kept([60_000]))
    let single = try kept([60_000, 1]).filter { $0 != 0 }.count
    #expect(abs(Double(single) - 30_000) <= 5 * 15_000.0.squareRoot())
  }
}
