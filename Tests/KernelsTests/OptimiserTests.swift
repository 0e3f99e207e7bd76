import Testing

@testable import Kernels

@Suite struct OptimiserTests {
  /// Three steps against the update written out in double.
  @Test func adamWMatchesTheFormula() {
    let start = floats(37)
    let parameter = Variable(Tensor(start, shape: [37]), name: "w", requiresGradient: true)
    var optimiser = AdamW(parameters: [parameter], betas: (0.9, 0.99), eps: 1e-8, weightDecay: 0.1)
    var (p, m, v) = (
      start.map(Double.init), [Double](repeating: 0, count: 37), [Double](repeating: 0, count: 37)
    )
    for step in 1...3 {
      let gradient = floats(37, seed: UInt64(step))
      parameter.gradient = Tensor(gradient, shape: [37])
      optimiser.step(learningRate: 0.01, gradientScale: 0.5)
      for i in 0..<37 {
        let g = 0.5 * Double(gradient[i])
        m[i] = 0.9 * m[i] + 0.1 * g
        v[i] = 0.99 * v[i] + 0.01 * g * g
        let (first, second) = (1 - power(0.9, step), 1 - power(0.99, step))
        p[i] *= 1 - 0.01 * 0.1
        p[i] -= 0.01 * (m[i] / first) / ((v[i] / second).squareRoot() + 1e-8)
      }
    }
    expectClose(parameter.value.floats(), p.map { Float($0) }, relative: 1e-6, floor: 1)
  }

  @Test func decayLeavesOutWhatItIsTold() {
    let norm = Variable(Tensor([Float(2)], shape: [1]), name: "norm", requiresGradient: true)
    let weight = Variable(Tensor([Float(2)], shape: [1]), name: "w", requiresGradient: true)
    var optimiser = AdamW(
      parameters: [norm, weight], weightDecay: 0.5, decays: { $0.name != "norm" })
    optimiser.step(learningRate: 0.1)
    #expect(norm.value.floats() == [2])
    #expect(weight.value.floats() == [2 * 0.95])
  }

  /// Stopping, exporting and importing between steps changes no bit.
  @Test func resumesFromItsState() throws {
    let run = { (pause: Bool) throws -> [Float] in
      let parameter = Variable(values([20]), name: "w", requiresGradient: true)
      var optimiser = AdamW(parameters: [parameter], weightDecay: 0.01)
      for step in 1...4 {
        parameter.gradient = values([20], seed: UInt64(step))
        optimiser.step(learningRate: 0.01)
        if pause, step == 2 {
          let state = optimiser.exportState().mapValues { $0.copied() }
          optimiser = AdamW(parameters: [parameter], weightDecay: 0.01)
          try optimiser.importState(state, source: "state")
        }
      }
      return parameter.value.floats()
    }
    #expect(try run(true) == run(false))
  }

  @Test func refusesStateOfAnotherModel() {
    let parameter = Variable(values([20]), name: "w", requiresGradient: true)
    var optimiser = AdamW(parameters: [parameter])
    var state = optimiser.exportState()
    state["w.exp_avg"] = Tensor(zeros: [21])
    #expect(throws: Problem.self) { try optimiser.importState(state, source: "x") }
    #expect(throws: Problem.self) { try optimiser.importState([:], source: "x") }
  }

  @Test func schedules() {
    let cosine = Schedule(.cosine, warmupRatio: 0.1, totalSteps: 18)
    #expect(cosine.warmupSteps == 2)
    #expect((0...2).map(cosine.factor) == [0, 0.5, 1])
    #expect(abs(cosine.factor(10) - 0.5) < 1e-15)
    #expect(cosine.factor(18) < 1e-15)
    let linear = Schedule(.linear, warmupSteps: 2, totalSteps: 6)
    #expect((0...7).map(linear.factor) == [0, 0.5, 1, 0.75, 0.5, 0.25, 0, 0])
    #expect(Schedule(.constant, warmupSteps: 3, totalSteps: 6).factor(0) == 1)
    #expect(Schedule(.constantWithWarmup, warmupSteps: 4, totalSteps: 6).factor(1) == 0.25)
  }

  @Test func clippingBringsTheNormToItsLimit() {
    let (a, b) = (parameter([300]), parameter([70_000], seed: 2))
    (a.gradient, b.gradient) = (values([300], seed: 3), values([70_000], seed: 4))
    let all = (a.gradient?.floats() ?? []) + (b.gradient?.floats() ?? [])
    let expected = all.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let norm = clipGradients([a, b], limit: 2)
    #expect(abs(norm - expected) < 1e-9 * expected)
    #expect(abs(globalNorm([a, b]) - 2) < 1e-5)
    #expect(clipFactor(norm: 5, limit: 0) == 1, "0 is off")
    #expect(clipFactor(norm: 1, limit: 1) == 1 / (1 + 1e-6))
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { product, _ in product * base }
  }
}
