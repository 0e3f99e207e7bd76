import PluginAPI
import Testing

@testable import WRPO

/// The worked numbers of the method's description, correct to the digits given there.
@Suite struct MethodCardTests {
  struct Vector: Sendable {
    var loss = WRPOLoss.wrpo
    var beta: Double
    var alpha: Double
    var smoothing = 0.0
    var isLengthNormalised: Bool?
    var gammaBetaRatio = 0.0
    var policy: [Double] = [-120, -80, -95]
    var reference: [Double] = [-130, -82, -90]
    var value: Double
    var gradient: [Double]?
  }

  static let vectors = [
    Vector(
      beta: 0.01, alpha: 0, value: 0.6587595555, gradient: [0, -0.0048250714, 0.0048250714]),
    Vector(
      beta: 0.01, alpha: 0.1, value: 0.6549074879,
      gradient: [-0.0004805099, -0.0043245889, 0.0048050988]),
    Vector(
      beta: 0.01, alpha: 0.5, value: 0.6396589186,
      gradient: [-0.0023626385, -0.0023626385, 0.0047252770]),
    Vector(
      beta: 0.01, alpha: 1, value: 0.6209570478, gradient: [-0.0046257015, 0, 0.0046257015]),
    Vector(
      beta: 0.01, alpha: 0.1, smoothing: 0.1, value: 0.6627074879,
      gradient: [-0.0003805099, -0.0034245889, 0.0038050988]),
    // Policy = reference: ln 2 for every alpha.
    Vector(
      beta: 0.01, alpha: 0.05, policy: [-130, -82, -90], value: 0.6931471806,
      gradient: [-0.00025, -0.00475, 0.005]),
    Vector(
      beta: 0.1, alpha: 0.3, policy: [-260, -140, -70], reference: [-200, -130, -90],
      value: 4.5110477448, gradient: [-0.0296703917, -0.0692309140, 0.0989013057]),
    Vector(
      loss: .sigmoid, beta: 0.01, alpha: 0.1, value: 0.6398583017,
      gradient: [-0.0023128508, -0.0024125357, 0.0047253865]),
    Vector(
      loss: .simpo, beta: 10, alpha: 0.1, gammaBetaRatio: 0.3, value: 4.0181499279,
      gradient: [-0.0245503447, -0.4419062055, 0.3928055160]),
    Vector(
      beta: 10, alpha: 0.1, isLengthNormalised: true, value: 0.0419593892,
      gradient: [-0.0010272820, -0.0184910752, 0.0164365113]),
    Vector(loss: .ipo, beta: 0.1, alpha: 0.1, isLengthNormalised: true, value: 21.949225),
    Vector(loss: .ipo, beta: 0.1, alpha: 0.1, value: 7.84, gradient: [0.56, 5.04, -5.6]),
  ]

  @Test(arguments: vectors) func givesTheWorkedNumbers(vector: Vector) {
    let result = objective(
      vector.loss, beta: vector.beta, alpha: vector.alpha, smoothing: vector.smoothing,
      isLengthNormalised: vector.isLengthNormalised, gammaBetaRatio: vector.gammaBetaRatio
    ).evaluate(
      ObjectiveBatch(
        policy: [vector.policy], reference: [vector.reference], tokenCounts: [[40, 20, 25]]))
    #expect(abs(result.loss - vector.value) < 6e-11, "ten decimals are given")
    for (found, wanted) in zip(result.dPolicy[0], vector.gradient ?? []) {
      #expect(abs(found - wanted) < 6e-11)
    }
  }

  @Test func theBatchLossIsTheMean() {
    let batch = ObjectiveBatch(
      policy: [[-120, -80, -95], [-260, -140, -70]],
      reference: [[-130, -82, -90], [-200, -130, -90]], tokenCounts: [[1, 1, 1], [1, 1, 1]])
    let result = objective(.wrpo, beta: 0.01, alpha: 0.1).evaluate(batch)
    #expect(abs(result.loss - 0.7691448216) < 6e-11)
  }
}
