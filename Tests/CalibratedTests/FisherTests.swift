import PluginAPI
import TestSupport
import Testing

@testable import Calibrated

/// Fisher merging: worked numbers, identities, and statistics that do not fit.
struct FisherTests {
  private func tensor(_ values: [Float]) -> Tensor { Tensor(values, shape: [2, values.count / 2]) }
  private var models: [Tensor] {
    [
      tensor([1.5, -1.75, 0.5, -0.125, 1.8125, -1.125]),
      tensor([0.75, -2.5, 0.9375, 0.4375, 1.5, -0.375]),
    ]
  }
  private let information: [[Float]] = [
    [0.04, 0.01, 0, 0.0025, 0.01, 0.02], [0.01, 0.01, 0.03, 0.005, 0, 0.02],
  ]

  private func rule(normalized: Bool, epsilon: Float = 1e-6) -> Fisher {
    var options = Fisher.Options()
    options.normalizeFisherWeight = normalized
    options.epsilon = epsilon
    return Fisher(options)
  }

  /// Merges with statistics `kind` of input i as the closure gives them.
  private func merge(
    _ rule: Fisher, weights: [Float] = [1, 1],
    _ statistics: @escaping @Sendable (Int, String) throws -> Tensor?
  ) throws -> [Float] {
    let inputs = zip(models, weights).map { model, weight in
      var input = Fisher.Input()
      input.weight = weight
      return (model, input)
    }
    return try merged(rule, base: nil, inputs: inputs, statistics: statistics)
  }

  private func measured(_ input: Int, _ kind: String) -> Tensor? {
    let values = information[input]
    let norm = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return kind == "fisher" ? tensor(values) : Tensor([norm], shape: [1])
  }

  @Test(arguments: [
    (false, [1.349991, -2.125, 0.937485, 0.249975, 1.812469, -0.75] as [Float]),
    (true, [1.326603, -2.159523, 0.937488, 0.272307, 1.812462, -0.715477]),
  ])
  func matchesTheReference(normalized: Bool, wanted: [Float]) throws {
    let found = try merge(rule(normalized: normalized), measured)
    for (value, wanted) in zip(found, wanted) {
      #expect(abs(value - wanted) < 2e-6, "six decimals are given, f32 sums")
    }
  }

  @Test func equalInformationIsTheWeightedMean() throws {
    let found = try merge(rule(normalized: true), weights: [3, 1]) { _, kind in
      kind == "fisher"
        ? Tensor([Float](repeating: 0.5, count: 6), shape: [2, 3])
        : Tensor([Float(1.5)], shape: [1])
    }
    for (index, value) in found.enumerated() {
      let wanted = 0.75 * models[0].floats()[index] + 0.25 * models[1].floats()[index]
      #expect(abs(value - wanted) < 1e-6)
    }
  }

  @Test func weightsOneAndZeroGiveThatModel() throws {
    let found = try merge(rule(normalized: true), weights: [0, 2], measured)
    #expect(zip(found, models[1].floats()).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  /// Buffers that no model's weights have: files are there, the tensor is not in them.
  @Test func tensorsThatNoFileHasGetTheMean() throws {
    let found = try merge(rule(normalized: true)) { input, kind in
      kind == "fisher" ? nil : Tensor([Float(3)], shape: [1])
    }
    for (index, value) in found.enumerated() {
      let wanted = (models[0].floats()[index] + models[1].floats()[index]) / 2
      #expect(abs(value - wanted) < 1e-6)
    }
  }

  @Test func missingStatisticsAreRefused() {
    // No file at all; a file of one model only; a tensor in one file only; no norm.
    #expect(throws: Problem.self) { try merge(rule(normalized: false)) { _, _ in nil } }
    #expect(throws: Problem.self) {
      try merge(rule(normalized: true)) { $0 == 0 ? measured($0, $1) : nil }
    }
    #expect(throws: Problem.self) {
      try merge(rule(normalized: false)) { $0 == 0 || $1 != "fisher" ? measured($0, $1) : nil }
    }
    #expect(throws: Problem.self) {
      try merge(rule(normalized: true)) { $1 == "fisher" ? measured($0, $1) : nil }
    }
  }

  @Test(
    arguments: [
      [0.1, 0.1, 0.1, 0.1, 0.1, -0.1], [0, 0, .nan, 0, 0, 0], [.infinity, 0, 0, 0, 0, 0],
      [0.1, 0.1, 0.1, 0.1],
    ] as [[Float]])
  func damagedStatisticsAreRefused(values: [Float]) {
    #expect(throws: Problem.self) {
      try merge(rule(normalized: false)) { input, kind in
        input == 1 ? tensor(values) : measured(input, kind)
      }
    }
  }

  @Test func weightsThatSumToZeroAreRefused() {
    #expect(throws: Problem.self) { try merge(rule(normalized: false), weights: [0, 0], measured) }
  }

  /// Over several blocks, against plain loops in double.
  @Test func worksInBlocks() throws {
    let count = 3 * 16_384 + 5
    let random = CounterRNG(seed: 5)
    func draws(_ stream: UInt64) -> [Float] {
      let stream = random.substream(stream)
      return (0..<count).map { Float(stream.uniform(UInt64($0))) }
    }
    let (x, y, f, g) = (draws(0), draws(1), draws(2), draws(3))
    let found = try merged(
      rule(normalized: false), base: nil,
      inputs: [x, y].map { (Tensor($0, shape: [count]), Fisher.Input()) }
    ) { input, kind in kind == "fisher" ? Tensor(input == 0 ? f : g, shape: [count]) : nil }
    for index in 0..<count {
      let (a, b) = (Double(f[index]) + 1e-6, Double(g[index]) + 1e-6)
      let wanted = (a * Double(x[index]) + b * Double(y[index])) / (a + b)
      #expect(abs(Double(found[index]) - wanted) < 5e-7, "a few f32 roundings")
    }
  }
}
